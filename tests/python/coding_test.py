"""Encoders and decoders frame by frame: packets, files, file objects, what is refused, and what is left behind."""
import io
import pickle

import fsc
import numpy as np
import pytest
from conftest import moving_tensor


def test_a_file_appears_whole(tmp_path, clip):
    with fsc.Encoder(tmp_path / "s.fsc", stride=8, low_delay=True) as encoder:
        for frame in clip:
            ready = encoder.push(frame)
            assert not (tmp_path / "s.fsc").exists()
            assert [packet.data for packet in ready] == [None] * len(ready)
        info = encoder.finish()
        with pytest.raises(fsc.UsageError, match="finished"):
            encoder.push(clip[0])
        with pytest.raises(fsc.UsageError):
            encoder.finish()
    assert (tmp_path / "s.fsc").read_bytes() == fsc.encode(clip, stride=8, low_delay=True)
    told = fsc.info(tmp_path / "s.fsc")
    assert (info.bytes, info.frames, info.duration_s, info.encoder, info.layers) == \
        (told.bytes, told.frames, told.duration_s, told.encoder, told.layers)


def test_packets_say_where_they_lie(clip):
    file = io.BytesIO()
    with fsc.Encoder(file, low_delay=True, gop=4) as encoder:
        packets = [packet for frame in clip for packet in encoder.push(frame)] + encoder.flush()
    found = fsc.info(file.getvalue(), frames=True).packets
    assert [(p.frame, p.type, p.key, p.offset_bytes, p.size_bytes, p.configures) for p in packets] == \
        [(p.frame, p.type, p.key, p.offset_bytes, p.size_bytes, p.configures) for p in found]
    assert [p.key for p in found] == [True, False, False, False, True, False]
    assert packets[0].configures and "frame 0" in repr(packets[0])


@pytest.mark.parametrize("mode", [m for m in ("latent", "float", "hevc", "png") if m in fsc.modes()])
def test_packets_without_a_file(mode):
    clip = moving_tensor(10, 16, 24, 24)
    encoder = fsc.Encoder(mode=mode)
    packets = []
    for frame in clip:
        packets += encoder.push(frame)
    last = encoder.finish()
    packets += last.packets
    decoder = fsc.Decoder(header=encoder.header)
    frames = [frame for packet in packets for frame in decoder.push(packet)] + decoder.flush()
    assert [frame.number for frame in frames] == list(range(10))
    stream = encoder.header + b"".join(packet.data for packet in packets)
    assert len(stream) == last.bytes
    np.testing.assert_array_equal(np.stack([frame.array for frame in frames]), fsc.decode(stream))
    assert fsc.info(stream).frames == 10


def test_control_between_frames(clip):
    encoder = fsc.Encoder(low_delay=True, qp=20)
    for early in (lambda: encoder.set_qp(3), lambda: encoder.header, encoder.request_key_frame):
        with pytest.raises(fsc.UsageError, match="push a frame first"):
            early()
    first = encoder.push(clip[0])[0]
    small = encoder.push(clip[1])[0]
    encoder.set_qp(50)
    smaller = encoder.push(clip[2])[0]
    encoder.request_key_frame()
    key = encoder.push(clip[3])[0]
    assert first.key and not small.key and key.key and key.configures
    assert smaller.size_bytes < small.size_bytes
    encoder.set_bitrate(100)
    with pytest.raises(fsc.UsageError) as caught:
        encoder.set_qp(64)
    assert caught.value.where and "63" in str(caught.value)
    # Someone who joins at the key frame needs the header and nothing else.
    decoder = fsc.Decoder(header=encoder.header)
    assert [frame.number for frame in decoder.push(key) + decoder.flush()] == [3]
    assert decoder.configuration(key) and decoder.configuration(small) is None


def test_time_stamps_and_order_of_layers(clip):
    encoder = fsc.Encoder(mode="float", fps=50)
    packets = []
    for t, frame in enumerate(clip):
        packets += encoder.push({"a": frame, "b": frame[:2]} if t % 2 == 0 else {"b": frame[:2], "a": frame}, ticks=10 + 3 * t)
    info = encoder.finish()
    assert info.start_s == pytest.approx(0.2) and info.duration_s == pytest.approx(0.3 + 0.02)
    decoder = fsc.Decoder(header=encoder.header)
    frames = [frame for packet in packets + list(info.packets) for frame in decoder.push(packet)]
    assert [frame.time_s for frame in frames] == pytest.approx([(10 + 3 * t) / 50 for t in range(6)])
    for frame, original in zip(frames, clip):
        assert list(frame) == ["a", "b"] and len(frame) == 2
        np.testing.assert_array_equal(frame["a"], original)
        with pytest.raises(fsc.UsageError):
            frame.array


def test_a_block_that_raises_leaves_nothing(tmp_path, clip):
    for exception in (RuntimeError, KeyboardInterrupt, SystemExit):
        with pytest.raises(exception):
            with fsc.Encoder(tmp_path / "s.fsc", low_delay=True) as encoder:
                encoder.push(clip[0])
                raise exception()
        assert list(tmp_path.iterdir()) == []
        with pytest.raises(fsc.UsageError, match="discarded"):
            encoder.push(clip[0])
    encoder = fsc.Encoder(tmp_path / "s.fsc")
    encoder.push(clip[0])
    del encoder
    assert list(tmp_path.iterdir()) == []


def test_a_block_without_frames_is_no_stream(tmp_path):
    with pytest.raises(fsc.BadInputError, match="no frame"):
        with fsc.Encoder(tmp_path / "s.fsc"):
            pass
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_file_stays_until_the_new_one_is_whole(tmp_path, clip):
    (tmp_path / "s.fsc").write_bytes(b"earlier")
    with pytest.raises(RuntimeError):
        with fsc.Encoder(tmp_path / "s.fsc") as encoder:
            encoder.push(clip[0])
            raise RuntimeError
    assert (tmp_path / "s.fsc").read_bytes() == b"earlier"
    with fsc.Encoder(tmp_path / "s.fsc") as encoder:
        encoder.push(clip[0])
    assert fsc.info(tmp_path / "s.fsc").frames == 1


def test_a_frame_that_is_refused_is_as_if_it_had_not_been(clip):
    encoder = fsc.Encoder(mode="float")
    data = [packet.data for packet in encoder.push(clip[0])]
    broken = clip[1].copy()
    broken[3, 4, 5] = np.nan
    refused = [(broken, fsc.BadInputError), (clip[1][:3], fsc.BadInputError), (clip[1][:, :, 1:], fsc.BadInputError),
               (clip[1][0], fsc.BadInputError), ({"other": clip[1]}, fsc.BadInputError),
               ({"features": clip[1], "more": clip[1]}, fsc.BadInputError), (clip[1].astype(complex), fsc.UsageError),
               (None, fsc.UsageError)]
    for frame, kind in refused:
        with pytest.raises(kind) as caught:
            encoder.push(frame)
        assert caught.value.what and caught.value.where
    data += [packet.data for packet in encoder.push(clip[1])] + [packet.data for packet in encoder.finish().packets]
    other = fsc.Encoder(mode="float")
    expected = [p.data for frame in clip[:2] for p in other.push(frame)] + [p.data for p in other.finish().packets]
    assert data == expected


@pytest.mark.parametrize("arguments, where", [
    (dict(mode="nosuch"), "nosuch"), (dict(qp=64), "qp"), (dict(qp="fast"), "qp"), (dict(qp="lossless", mode="float"), "qp"),
    (dict(preset="nosuch"), "preset"), (dict(gop=0), "gop"), (dict(threads=0), "threads"), (dict(fps=0), "frame rate"),
    (dict(fps="x"), "frame rate"), (dict(stride=0), "stride"), (dict(stride=[1, 2]), "stride"), (dict(bitrate=-1), "bitrate"),
    (dict(b_frames=1), "b_frames"), (dict(transform="x"), "transform"), (dict(bits=10), "bits"), (dict(nosuch=1), "nosuch"),
    (dict(mode="float", bitrate=10), "bitrate"), (dict(mode="ffv1", range="x"), "range"), (dict(mode="ffv1", bits="x"), "bits"),
    (dict(input_size=(1,)), "input_size"), (dict(max_drop=1.0), "max_drop"), (dict(profile="/nosuch.fscp"), "nosuch.fscp"),
    (dict(packing="x", mode="ffv1"), "packing"), (dict(gop="many"), "gop")])
def test_settings_that_cannot_be(clip, arguments, where):
    with pytest.raises(fsc.Error) as caught:
        fsc.encode(clip, **arguments)
    assert where in str(caught.value).lower(), str(caught.value)
    for own in ("latent.", "quantizer.", "gop_frames"):
        assert own not in str(caught.value), str(caught.value)


def test_errors_are_what_they_say(tmp_path, clip):
    assert issubclass(fsc.BadInputError, ValueError) and issubclass(fsc.StreamIOError, OSError)
    with pytest.raises(fsc.StreamIOError) as caught:
        fsc.decode(tmp_path / "nosuch.fsc")
    error = caught.value
    assert "nosuch.fsc" in error.where and error.what and error.advice
    assert str(error) == f"{error.what}: {error.where}: {error.advice}"
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.what, again.where, again.advice) == (type(error), error.what, error.where, error.advice)
    with pytest.raises(fsc.StreamIOError):
        fsc.Encoder(tmp_path / "nofolder" / "s.fsc")
    with pytest.raises(fsc.UsageError):
        fsc.Encoder(3)
    for src in (3, None, [1, 2], np.zeros((2, 2))):
        with pytest.raises(fsc.UsageError):
            fsc.decode(src)


def test_decoder_iterates_seeks_and_counts(clip):
    stream = fsc.encode(clip, gop=4)
    everything = fsc.decode(stream)
    for src in (stream, io.BytesIO(b"before" + stream)):
        if isinstance(src, io.BytesIO):
            src.seek(6)
        with fsc.Decoder(src) as decoder:
            assert len(decoder) == 6 and len(decoder.index()) == 6
            assert "latent" in repr(decoder)
            frames = list(decoder)
            assert [frame.number for frame in frames] == list(range(6))
            decoder.seek(3)
            np.testing.assert_array_equal(next(decoder).array, everything[3])
            with pytest.raises(fsc.UsageError):
                decoder.seek(6)
        with pytest.raises(fsc.UsageError):
            next(decoder)


class Pipe:
    """Bytes that come in pieces and only once."""

    def __init__(self, data):
        self.data = data

    def read(self, count):
        piece, self.data = self.data[:min(count, 7)], self.data[min(count, 7):]
        return piece


def test_a_source_that_cannot_seek(clip):
    stream = fsc.encode(clip)
    np.testing.assert_array_equal(fsc.decode(Pipe(stream)), fsc.decode(stream))
    decoder = fsc.Decoder(Pipe(stream))
    with pytest.raises(fsc.Error):
        len(decoder)
    assert len([frame for frame in decoder]) == 6


def test_decode_into_arrays_of_the_caller(clip):
    stream = fsc.encode(clip)
    expected = fsc.decode(stream)
    out = np.zeros((9, 8, 12, 17), np.float32)
    values = fsc.decode(stream, out=out)
    assert np.shares_memory(values, out) and len(values) == 6
    np.testing.assert_array_equal(values, expected)
    for bad in (np.zeros((5, 8, 12, 17), np.float32), np.zeros((6, 8, 12, 16), np.float32), np.zeros((6, 8, 12, 17), int), [1]):
        with pytest.raises(fsc.UsageError, match="out"):
            fsc.decode(stream, out=bad)
    with pytest.raises(fsc.UsageError, match="layers"):
        fsc.decode(stream, layers=["nosuch"])
    with pytest.raises(fsc.UsageError, match="dtype"):
        fsc.decode(stream, dtype="int8")
    np.testing.assert_array_equal(fsc.decode(stream, frames=slice(2, 5)), expected[2:5])
    np.testing.assert_array_equal(fsc.decode(stream, frames=range(4, 6)), expected[4:])
    for frames in ((3, 3), (-1, 2), slice(0, 4, 2)):
        with pytest.raises(fsc.UsageError, match="frames"):
            fsc.decode(stream, frames=frames)


def test_what_a_file_object_raises_comes_through(tmp_path, clip):
    class Disk:
        def write(self, data):
            raise OSError(28, "No space left on device")

    class Broken(io.BytesIO):
        def read(self, count=-1):
            raise RuntimeError("the cable is out")

    with pytest.raises(OSError, match="No space"):
        with fsc.Encoder(Disk()) as encoder:
            for frame in clip:
                encoder.push(frame)
    with pytest.raises(RuntimeError, match="cable"):
        fsc.decode(Broken(fsc.encode(clip)))
    with pytest.raises(fsc.StreamIOError, match="binary"):
        fsc.decode(io.StringIO("text"))
    if (tmp_path / "/dev/full").exists():
        with pytest.raises(fsc.StreamIOError):
            with fsc.Encoder("/dev/full") as encoder:
                for frame in clip:
                    encoder.push(frame)


def test_a_raw_file_that_takes_a_part_at_a_time(clip):
    class Narrow:
        def __init__(self):
            self.data = b""

        def write(self, data):
            self.data += bytes(data[:100])
            return min(len(data), 100)

    narrow = Narrow()
    with fsc.Encoder(narrow) as encoder:
        for frame in clip:
            encoder.push(frame)
    assert narrow.data == fsc.encode(clip)
