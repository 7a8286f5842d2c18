#!/usr/bin/env python3
"""Does a QP mean the same quality after an event? Eight constructed clips x three networks x encoder setups.

Each clip is something else (black, a flash, another scene, a fade, another exposure, a still) and then a tail of 45
frames. The tail coded with what comes before it is compared with the tail coded alone, from half a second after the
event on: SNR in dB, and the ratio of the bytes. Wanted: within 1 dB and 15 %.

  bench/adaptation.py --work DIR [--fsc build/release/tools/fsc] [--data $FSC_DATA_DIR]

Whatever was coded before lies in DIR and is not coded again; --again NAME... codes what has NAME in its name anew.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent
FPS = 25
WIDTH, HEIGHT = 256, 192
TAIL = 45  # frames after the event
SETTLE = 13  # of them, half a second, are not compared; the rest is one intra period
MOST_DB, MOST_RATE = 1, 0.15

# Segments: source, first and last + 1 frame, filters. The last one is the tail.
BAG_TAIL = ('bag', 48, 48 + TAIL, '')
MOTORWAY_TAIL = ('motorway', 60, 60 + TAIL, '')
DARK = 'format=gbrp,lutrgb=r=val*0.4:g=val*0.4:b=val*0.4'
CLIPS = {
    'black-bag': [('black', 0, 12, ''), BAG_TAIL],
    'flash-motorway': [('white', 0, 4, ''), MOTORWAY_TAIL],
    'motorway-bag': [('motorway', 60, 76, ''), BAG_TAIL],
    'bag-motorway': [('bag', 48, 64, ''), MOTORWAY_TAIL],
    'fade-bag': [('bag', 32, 48, 'fade=in:start_frame=0:nb_frames=16'), BAG_TAIL],
    'outin-motorway': [('motorway', 36, 44, ''), ('motorway', 44, 52, 'fade=out:start_frame=0:nb_frames=8'),
                       ('motorway', 52, 60, 'fade=in:start_frame=0:nb_frames=8'), MOTORWAY_TAIL],
    'exposure-bag': [('bag', 32, 48, DARK), BAG_TAIL],
    'still-bag': [('bag', 48, 49, 'loop=loop=39:size=1:start=0'), BAG_TAIL],
}
LEAD = {'still-bag': 40}  # frames before the tail, where the segments do not say so
ALONE = {'alone-bag': [BAG_TAIL], 'alone-motorway': [MOTORWAY_TAIL]}
NETWORKS = {'squeezenet': 'squeezenet1_1', 'resnet18': 'resnet18_camvid', 'yolox': 'yolox_nano'}
HIGH_NETWORKS = ['squeezenet']
HIGH_CLIPS = ['black-bag', 'bag-motorway', 'fade-bag', 'exposure-bag']


def lead_of(clip):
    return LEAD.get(clip, sum(b - a for _, a, b, _ in ALL[clip][:-1]))


ALL = {**CLIPS, **ALONE}


class Setup:
    def __init__(self, preset, low_delay, qp=None, profile=False):
        self.preset, self.low_delay, self.qp, self.profile = preset, low_delay, qp, profile
        what = f'qp{qp}' if qp else 'rate'
        self.name = f"{preset}-{'ld' if low_delay else 'b'}-{what}" + ('-profile' if profile else '')

    def applies(self, network, clip):
        return self.preset != 'high' or (network in HIGH_NETWORKS and clip in HIGH_CLIPS + list(ALONE))

    def guide(self):  # whose rate alone is the bitrate
        return Setup(self.preset, self.low_delay, 46)


def setups():
    groups = {}
    for preset in ('fast', 'balanced', 'high'):
        groups[preset] = [Setup(preset, ld, qp) for ld in (False, True) for qp in (40, 52)]
    groups['bitrate'] = [Setup(p, ld) for p in ('fast', 'balanced') for ld in (False, True)]
    groups['profile'] = [Setup(p, ld, 46, True) for p in ('fast', 'balanced') for ld in (False, True)]
    return groups


class Bench:
    def __init__(self, args):
        self.args = args
        self.work = pathlib.Path(args.work)
        self.work.mkdir(parents=True, exist_ok=True)
        self.data = pathlib.Path(args.data)

    def fsc(self, *words):
        run = subprocess.run(['nice', self.args.fsc, *map(str, words)], capture_output=True, text=True,
                             env={**os.environ, 'FSC_DATA_DIR': str(self.data)})
        if run.returncode:
            sys.exit(f'fsc {" ".join(map(str, words))}\n{run.stderr}')
        return run

    def make_clip(self, clip):
        out = self.work / f'{clip}.mkv'
        if out.exists():
            return
        inputs, chains = [], []
        files = {'bag': 'video/bag.avi', 'motorway': 'video/solidWhiteRight.mp4'}
        for i, (source, first, last, filters) in enumerate(ALL[clip]):
            if source in files:
                inputs += ['-i', str(self.data / files[source])]
                take = f'trim=start_frame={first}:end_frame={last},scale=-2:{HEIGHT},crop={WIDTH}:{HEIGHT}'
            else:
                inputs += ['-f', 'lavfi', '-i', f'color={source}:size={WIDTH}x{HEIGHT}:rate={FPS}']
                take = f'trim=start_frame={first}:end_frame={last}'
            steps = [take, filters, 'format=yuv420p', f'setpts=N/{FPS}/TB', 'setsar=1']
            chains.append(f'[{i}:v]' + ','.join(s for s in steps if s) + f'[s{i}]')
        chains.append(''.join(f'[s{i}]' for i in range(len(ALL[clip]))) + f'concat=n={len(ALL[clip])},fps={FPS}[v]')
        subprocess.run(['ffmpeg', '-v', 'error', '-y', *inputs, '-filter_complex', ';'.join(chains), '-map', '[v]',
                        '-c:v', 'ffv1', str(out)], check=True)

    def make_network(self, network):
        model = json.loads((ROOT / 'models/zoo' / f'{NETWORKS[network]}.json').read_text())
        shape = model['input']
        for key in ('resize', 'short_side', 'width', 'height'):
            shape.pop(key, None)
        if network == 'yolox':
            shape.update(resize='letterbox', width=WIDTH, height=HEIGHT)
        (self.work / f'{network}.json').write_text(json.dumps(model))

    def tensors(self, network, clip):
        return self.work / f'{clip}.{network}.npy'

    def make_tensors(self, network, clip):
        if not self.tensors(network, clip).exists():
            part = self.work / 'part.npy'
            self.fsc('extract', self.work / f'{clip}.mkv', '--model', self.work / f'{network}.json', '-o', part)
            part.rename(self.tensors(network, clip))

    def make_profile(self, network):
        out = self.work / f'{network}.fscp'
        if not out.exists():
            part = self.work / 'part.fscp'
            self.fsc('calibrate', self.data / 'video/camvid/img', '--model', self.work / f'{network}.json', '-o', part,
                     '--kind', 'statistics', '--planes', 48, '--presets', 'fast', '--qps', 46, '--no-task-map')
            part.rename(out)

    def result_file(self, network, clip, setup):
        return self.work / 'cells' / f'{network}.{clip}.{setup.name}.json'

    def cell(self, network, clip, setup):
        return json.loads(self.result_file(network, clip, setup).read_text())

    def code(self, network, clip, setup):
        out = self.result_file(network, clip, setup)
        again = any(name in out.name for name in self.args.again)
        if out.exists() and not again:
            return
        out.parent.mkdir(exist_ok=True)
        stream, decoded = out.with_suffix('.fsc'), out.with_suffix('.npy')
        words = ['--mode', 'latent', '--preset', setup.preset, '--stride', 8, '--fps', FPS]
        words += ['--low-delay'] if setup.low_delay else []
        if setup.qp:
            words += ['--qp', setup.qp]
        else:
            tail = [c for c in ALONE if ALONE[c][0] == ALL[clip][-1]][0]
            rate = sum(self.cell(network, tail, setup.guide())['bytes']) * 8 * FPS / TAIL / 1000
            words += ['--bitrate', f'{rate:.3f}']
        if setup.profile:
            words += ['--profile', self.work / f'{network}.fscp']
        tensors = self.tensors(network, clip)
        run = self.fsc('encode', tensors, '--video', self.work / f'{clip}.mkv', *words, '-o', stream)
        self.fsc('decode', stream, '-o', decoded)
        packets = json.loads(self.fsc('info', '--json', stream).stdout)['packets']
        x, y = (numpy.load(f).astype(numpy.float64) for f in (tensors, decoded))
        error = ((x - y) ** 2).reshape(len(x), -1).mean(1)
        power = numpy.maximum(x.reshape(len(x), -1).var(1), 1e-30)
        snr = 10 * numpy.log10(power / numpy.maximum(error, 1e-30))
        frames = sorted(packets, key=lambda p: p['frame'])
        out.write_text(json.dumps({
            'snr_db': [round(v, 3) for v in snr], 'bytes': [p['payload_bytes'] for p in frames],
            'types': ''.join(p['type'] for p in frames),
            'warnings': [line for line in run.stderr.splitlines() if 'warning' in line]}))
        decoded.unlink()
        if not self.args.keep:
            stream.unlink()

    def compare(self, network, clip, setup):
        """(dB, ratio of bytes) of the tail against the tail alone; None where it was not coded."""
        tail = [c for c in ALONE if ALONE[c][0] == ALL[clip][-1]][0]
        if not all(self.result_file(network, c, setup).exists() for c in (clip, tail)):
            return None
        after, alone = self.cell(network, clip, setup), self.cell(network, tail, setup)
        lead = lead_of(clip)

        def mean(what, cell, offset):
            return sum(cell[what][offset + SETTLE:offset + TAIL]) / (TAIL - SETTLE)
        return (mean('snr_db', after, lead) - mean('snr_db', alone, 0),
                mean('bytes', after, lead) / mean('bytes', alone, 0))


def inside(result):
    return abs(result[0]) <= MOST_DB and abs(result[1] - 1) <= MOST_RATE


def print_table(bench, name, columns):
    rows, total, good = [], 0, 0
    per_column = {s.name: [0, 0] for s in columns}
    for clip in CLIPS:
        for network in NETWORKS:
            cells = []
            for setup in columns:
                result = bench.compare(network, clip, setup)
                if result is None:
                    cells.append('')
                    continue
                fits = inside(result)
                per_column[setup.name][0] += fits
                per_column[setup.name][1] += 1
                text = f'{result[0]:+.2f} {result[1]:.2f}'
                cells.append(text if fits else f'**{text}**')
            if any(cells):
                rows.append(f'| {clip} | {network} | ' + ' | '.join(cells) + ' |')
    good, total = (sum(v[i] for v in per_column.values()) for i in (0, 1))
    if total == 0:
        return 0, 0
    print(f'\n{name}: {good} of {total} inside\n')
    print('| clip | network | ' + ' | '.join(s.name for s in columns) + ' |')
    print('|---|---|' + '---|' * len(columns))
    print('\n'.join(rows))
    print('| inside | | ' + ' | '.join('{} of {}'.format(*per_column[s.name]) for s in columns) + ' |')
    return good, total


def print_summary(bench, groups):
    print('\ndB from .. to; ratio of bytes from .. to; inside of all\n')
    print('| clip | ' + ' | '.join(groups) + ' |')
    print('|---|' + '---|' * len(groups))
    for clip in CLIPS:
        cells = []
        for columns in groups.values():
            results = [bench.compare(n, clip, s) for n in NETWORKS for s in columns]
            results = [r for r in results if r is not None]
            db, rate = [r[0] for r in results], [r[1] for r in results]
            cells.append('' if not results else f'{min(db):+.2f} .. {max(db):+.2f}; {min(rate):.2f} .. {max(rate):.2f}; '
                         f'{sum(map(inside, results))} of {len(results)}')
        print(f'| {clip} | ' + ' | '.join(cells) + ' |')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--work', required=True, help='folder for clips, tensors and results')
    parser.add_argument('--fsc', default=str(ROOT / 'build/release/tools/fsc'))
    parser.add_argument('--data', default=os.environ.get('FSC_DATA_DIR', ''), help='real material (FSC_DATA_DIR)')
    parser.add_argument('--jobs', type=int, default=1)
    parser.add_argument('--only', nargs='*', default=[], help='only what has one of these in its name')
    parser.add_argument('--again', nargs='*', default=[], help='code anew what has one of these in its name')
    parser.add_argument('--keep', action='store_true', help='keep the streams')
    parser.add_argument('--print', action='store_true', help='code nothing: print what is there')
    args = parser.parse_args()
    bench = Bench(args)
    groups = setups()
    if not args.print:
        if not os.path.isdir(args.data):
            sys.exit('no real material: set FSC_DATA_DIR or --data')
        for clip in ALL:
            bench.make_clip(clip)
        for network in NETWORKS:
            bench.make_network(network)
            for clip in ALL:
                bench.make_tensors(network, clip)
        # Those alone at QP 46 first: bitrates come from them.
        guides = [s.guide() for s in groups['bitrate']]
        rounds = [[(n, c, s) for s in guides for n in NETWORKS for c in ALONE]]
        for name, columns in groups.items():
            if name == 'profile':
                for network in NETWORKS:
                    bench.make_profile(network)
            rounds.append([(n, c, s) for s in columns for n in NETWORKS for c in ALL if s.applies(n, c)])
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            for cells in rounds:
                wanted = [c for c in cells if not args.only or
                          any(name in bench.result_file(*c).name for name in args.only)]
                list(pool.map(lambda cell: bench.code(*cell), wanted))
    counts = [print_table(bench, name, columns) for name, columns in groups.items()]
    print_summary(bench, groups)
    print('\nall: {} of {} inside'.format(*(sum(c[i] for c in counts) for i in (0, 1))))


if __name__ == '__main__':
    main()
