"""Recognises an 8 kHz recording, apart from the platform: `recognise_wav.py file.wav phrase [phrase ...]`.

Prints one line for each stretch of speech. The vocabulary is that of the phrases and of distractors, so words that were not
said are as easy to find as those that were.
"""

import os
import struct
import sys
import tempfile
import wave

from pocketsphinx import Config, Decoder, get_model_path, set_loglevel
from pocketsphinx.lm import ArpaBoLM

DISTRACTORS = """please call back later
we are closed on monday
the table is booked for four people
i did not hear you
my name is not on the list
it is raining today
who is speaking please
that is the wrong number""".split("\n")
FRAME = 160


def speech(samples):
    """Stretches above the noise, joined over pauses under 0.5 s, with 0.2 s on either side."""
    frames = [samples[i : i + FRAME] for i in range(0, len(samples) - FRAME, FRAME)]
    loud = [sum(s * s for s in frame) / FRAME > 200**2 for frame in frames]
    stretches, start, last = [], None, None
    for i, is_loud in enumerate(loud):
        if is_loud:
            start = i if start is None else start
            last = i
        elif start is not None and i - last > 25:
            stretches.append((start, last))
            start = None
    if start is not None:
        stretches.append((start, last))
    return [samples[max(0, a - 10) * FRAME : (b + 11) * FRAME] for a, b in stretches if b - a > 10]


def upsample(samples):
    """Repeats each sample: crude, but its image above 4 kHz is what the wideband model misses in telephone speech."""
    out = []
    for i, s in enumerate(samples):
        after = samples[i + 1] if i + 1 < len(samples) else s
        out += [s, (3 * s + after) // 4]
    return struct.pack("<%dh" % len(out), *[max(-32768, min(32767, v)) for v in out])


def main():
    set_loglevel("FATAL")
    path, phrases = sys.argv[1], sys.argv[2:]
    with wave.open(path) as file:
        assert file.getframerate() == 8000 and file.getsampwidth() == 2 and file.getnchannels() == 1
        data = file.readframes(file.getnframes())
    samples = struct.unpack("<%dh" % (len(data) // 2), data)
    text = "\n".join("<s> %s </s>" % phrase for phrase in phrases + DISTRACTORS)
    with tempfile.TemporaryDirectory() as folder:
        lm = os.path.join(folder, "phrases.lm")
        model = ArpaBoLM(text=text)
        model.compute()
        model.write_file(lm)
        config = Config(hmm=get_model_path("en-us/en-us"), dict=get_model_path("en-us/cmudict-en-us.dict"), lm=lm,
                        cmninit="44,-1,3,17,2,-6,5,-5", loglevel="FATAL")
        decoder = Decoder(config)
        for stretch in speech(samples):
            decoder.start_utt()
            decoder.process_raw(upsample(stretch), no_search=False, full_utt=True)
            decoder.end_utt()
            print(decoder.hyp().hypstr if decoder.hyp() else "")


main()
