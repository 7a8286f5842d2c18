#!/usr/bin/env python3
"""A second reader of .fsc containers, written from docs/bitstream.md alone and in its order.

plain_container.py FILE...: reads each stream from its first byte to its last, checks all that the page says, and walks
its index. Prints, for each, one line a packet, as `read()` gives them.
"""
import sys

SIGNATURE = bytes([0x89]) + b"FSC\r\n\x1a\n"
INTRA = 0
WORDS = [0x80, 0x61, 0x52, 0xB3, 0x34, 0xD5, 0xE6, 0x07, 0xF8, 0x19, 0x2A, 0xCB]
INDEX, OPTIONAL = 0x4C, 0xAD
END_OF_TICKS = 2**62


class Damage(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Damage(what)


# ---- conventions


class Reader:
    def __init__(self, data, at=0, end=None):
        self.data, self.at, self.end = data, at, len(data) if end is None else end

    def bytes(self, count):
        check(count <= self.end - self.at, "cut short")
        self.at += count
        return self.data[self.at - count:self.at]

    def u8(self):
        return self.bytes(1)[0]

    def u32(self):
        return int.from_bytes(self.bytes(4), "little")

    def leb(self):
        value = 0
        for shift in range(0, 70, 7):
            byte = self.u8()
            value |= (byte & 127) << shift
            if byte < 128:
                check(value < 2**64, "a number of more than 64 bits")
                return value
        raise Damage("a number of more than ten bytes")

    def sleb(self):
        value = self.leb()
        return -(value + 1) // 2 if value % 2 else value // 2

    def string(self):
        size = self.leb()
        check(size <= 255, "a long name")
        return self.bytes(size).decode()


class Halves:
    def __init__(self, reader):
        self.reader, self.waiting = reader, None

    def half(self):
        if self.waiting is not None:
            half, self.waiting = self.waiting, None
            return half
        byte = self.reader.u8()
        self.waiting = byte >> 4
        return byte & 15

    def number(self):
        value = 0
        for shift in range(0, 33, 3):
            half = self.half()
            value |= (half & 7) << shift
            if half < 8:
                check(half > 0 or shift == 0, "not the shortest form")
                return value
        raise Damage("2^33 and beyond")

    def close(self):
        check(not self.waiting, "half a byte is left")


def reflected(polynomial, bits):
    return int(format(polynomial, "0%db" % bits)[::-1], 2)


def crc(data, size):
    """CRC-16, CRC-24 or CRC-32C, by its bytes."""
    bits = 8 * size
    polynomial = reflected({2: 0x1021, 3: 0x5D6DCB, 4: 0x1EDC6F41}[size], bits)
    value = 2**bits - 1
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (polynomial if value & 1 else 0)
    return (value ^ (2**bits - 1)).to_bytes(size, "little")


for size, of_digits in ((2, 0x906E), (3, 0x2F27EE), (4, 0xE3069283)):
    assert crc(b"123456789", size) == of_digits.to_bytes(size, "little")

# ---- stream header


def read_header(reader):
    check(reader.bytes(8) == SIGNATURE, "no signature")
    check(reader.u8() == 2, "another version")
    check(reader.u8() == 0, "reserved flags")
    body_size, profile_size = reader.leb(), reader.leb()
    check(body_size <= 2**20 and profile_size <= 2**29, "too large")
    body = Reader(reader.data, reader.at, reader.at + body_size)
    header = {"layers": []}
    for _ in range(body.leb()):
        layer = {"name": body.string()}
        for name in ("channels", "height", "width", "stride"):
            layer[name] = body.leb()
        layer["phase"] = body.sleb()
        header["layers"].append(layer)
    header["time_base"] = body.leb(), body.leb()
    header["input"], header["source"] = (body.leb(), body.leb()), (body.leb(), body.leb())
    header["model"], header["mode"] = body.string(), body.string()
    header["mode_config"] = body.bytes(body.leb())
    header["encoder"] = body.string()
    num, den = header["time_base"]
    header["frame_rate"] = (den, num) if num <= 1000 * den and den <= 1000 * num else (25, 1)
    while body.at < body.end:
        tag, field = body.leb(), Reader(body.bytes(body.leb()))
        check(tag % 2 == 0, "an unknown field")
        if tag == 2:
            header["frame_rate"] = field.leb(), field.leb()
        if tag == 6:
            header["model_sha256"] = field.bytes(32).hex()
    reader.at += body_size + profile_size
    check(reader.at <= reader.end, "cut short")
    check(crc(reader.data[8:reader.at], 4) == reader.bytes(4), "checksum of the header")
    return header


# ---- packets


class Expected:
    def __init__(self, header):
        self.header, self.layers = header, len(header["layers"])
        self.missing, self.ahead, self.step, self.offset = 0, [], 1, 0

    def number(self):
        low = self.missing - 1
        if self.ahead:
            return low + (self.ahead[0] - low) // 2
        return min(low + self.step, END_OF_TICKS - 1)

    def nominal(self, number):
        (base_num, base_den), (rate_num, rate_den) = self.header["time_base"], self.header["frame_rate"]
        n, d = base_den * rate_den, base_num * rate_num
        return (2 * number * n + d) // (2 * d)

    def time(self, number):
        return self.nominal(number) + self.offset

    def sections(self, kind, random_access, alone):
        layers = range(len(self.header["layers"]) if alone else self.layers)
        if self.header["mode"] == "latent":
            return [(0, -1)] + [(1, -1)] * (kind != INTRA) + [(2, layer) for layer in layers]
        if self.header["mode"] == "float":
            return [(2, layer) for layer in layers]
        return [(0, -1)] * random_access + [(2, -1)]

    def note(self, packet):
        number = packet["frame"]
        if packet["random_access"]:
            self.missing, self.ahead, self.step = number, [], 1
            self.layers = sum(kind == 2 for kind, _, _ in packet["sections"])
        self.offset = packet["time"] - self.nominal(number)
        if number < self.missing:
            return
        greatest = self.ahead[-1] if self.ahead else self.missing - 1
        if number > greatest:
            self.step = max(1, number - greatest)
        self.ahead = sorted(set(self.ahead) | {number})
        if len(self.ahead) > 32:
            self.missing, self.ahead = self.ahead[-1] + 1, []
        while self.ahead and self.ahead[0] == self.missing:
            self.missing += 1
            self.ahead.pop(0)


def read_seal(reader, start, size):
    check(crc(reader.data[start:reader.at], size) == reader.bytes(size), "checksum of a packet")


def read_packet(reader, expected):
    """A frame packet, None for an optional one, a Reader of its payload for the index."""
    start = reader.at
    word = reader.u8()
    if word in (INDEX, OPTIONAL):
        if word == OPTIONAL:
            reader.u8()
        payload = Reader(reader.bytes(reader.leb()))
        read_seal(reader, start, 4)
        return payload if word == INDEX else None
    check(word in WORDS, "an unknown packet")
    seal, form = 2 + WORDS.index(word) // 4, WORDS.index(word) % 4
    flags = reader.u8() if form == 3 else form
    kind = flags & 3
    random_access, configures, alone, other_number, other_time, listed = (flags >> bit & 1 == 1 for bit in range(2, 8))
    check(kind < 3 and random_access <= alone and configures <= random_access, "flags")
    check(not alone or not other_number and not other_time, "flags")
    number = reader.leb() if alone else expected.number() + (reader.sleb() if other_number else 0)
    check(0 <= number < END_OF_TICKS, "a frame number")
    time = reader.sleb() if alone else expected.time(number) + (reader.sleb() if other_time else 0)
    check(-END_OF_TICKS < time < END_OF_TICKS, "a timestamp")
    halves = Halves(reader)
    if listed:
        codes = [halves.number() for _ in range(halves.number())]
        check(len(codes) <= 1024 and all(code % 4 < 3 and code // 4 <= len(expected.header["layers"])
                                         for code in codes), "sections")
        sections = [(code % 4, code // 4 - 1) for code in codes]
    else:
        sections = expected.sections(kind, random_access, alone)
    if configures:
        sections = [(3, -1)] + sections
    sections = [(section, layer, halves.number()) for section, layer in sections]
    halves.close()
    payload = sum(size for _, _, size in sections)
    whole = reader.at - start + payload + seal
    check({2: whole <= 64, 3: whole - 1 > 64 and whole <= 256, 4: whole - 1 > 256}[seal], "length and checksum")
    reader.bytes(payload)
    read_seal(reader, start, seal)
    packet = {"offset": start, "bytes": reader.at - start, "type": kind, "random_access": random_access,
              "configures": configures, "frame": number, "time": time, "sections": sections, "alone": alone}
    expected.note(packet)
    return packet


# ---- index and footer


def check_index(index, header, first, end, packets):
    check(index.leb() == len(packets), "number of packets in the index")
    points = [i for i, packet in enumerate(packets) if packet["random_access"]]
    check(index.leb() == len(points), "number of points in the index")
    expected, offset, before, number = Expected(header), first, 0, 0
    for i in points:
        packet = packets[i]
        offset += index.leb()
        count = index.leb()
        flags = index.u8()
        before += count
        number = min(number + count, END_OF_TICKS - 1) + index.sleb()
        time = expected.time(number) + index.sleb()
        told = (offset, before, flags, number, time)
        check(told == (packet["offset"], i, int(packet["configures"]), packet["frame"], packet["time"]), "index")
        expected.offset = time - expected.nominal(number)
    check(index.at == index.end and offset < end, "the end of the index")


def read(data):
    """(header, packets, whether there is an index) of a stream."""
    reader = Reader(data)
    header = read_header(reader)
    expected, packets, first = Expected(header), [], reader.at
    while reader.at < reader.end:
        start = reader.at
        packet = read_packet(reader, expected)
        if isinstance(packet, dict):
            packets.append(packet)
        elif packet is not None:
            check_index(packet, header, first, start, packets)
            check(reader.u32() == reader.at - 4 - start, "index size in the footer")
            check(reader.bytes(4) == SIGNATURE[3::-1], "end signature")
            check(reader.at == reader.end, "bytes behind the footer")
            return header, packets, True
    return header, packets, False


def main():
    for path in sys.argv[1:]:
        with open(path, "rb") as file:
            header, packets, finished = read(file.read())
        print(path, header["mode"], "finished" if finished else "live", len(packets), "packets")
        for packet in packets:
            print(" ", packet)


if __name__ == "__main__":
    main()
