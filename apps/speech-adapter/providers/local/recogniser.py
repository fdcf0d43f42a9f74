"""Speech recogniser: many streams in one process, frames in on stdin, JSON lines out on stdout.

A frame is one byte of type, a little-endian stream id and payload length (4 bytes each), then the payload:
  O  open or reopen a stream: JSON {"phrases": [...] | null, "cmninit": "..."}; never inside an utterance
  S  start of an utterance: its number, 4 bytes little-endian
  A  audio of the running utterance: 16-bit little-endian mono at 16 kHz, without the silence around the speech
  E  end of the utterance: its final text is asked for
  C  close the stream
The answers: ready, open (with the words the dictionary does not have), partial, final, error.
The decoder holds Python's lock, so one process uses one core; the parent starts as many as it wants.
Works on Python 3.9 and later, needs nothing but pocketsphinx.
"""

import json
import os
import re
import struct
import sys
import tempfile
import time

from pocketsphinx import Config, Decoder, get_model_path, set_loglevel
from pocketsphinx.lm import ArpaBoLM

MODEL = get_model_path("en-us")
HMM = os.path.join(MODEL, "en-us")
OPEN_LM = os.path.join(MODEL, "en-us.lm.bin")
FULL_DICTIONARY = os.path.join(MODEL, "cmudict-en-us.dict")
# Stock settings search far more hypotheses than a phone line is worth: this halves the CPU of open dictation.
MAX_HMM_PER_FRAME = 3000
# A partial is looked for after this much new audio (16-bit samples at 16 kHz).
PARTIAL_EVERY_BYTES = 16000 * 2 * 160 // 1000
# Decoders with the big language model cost 0.3 s to make: this many are kept for the next stream.
SPARE_OPEN_DECODERS = 2

ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen " \
    "seventeen eighteen nineteen".split()
TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()


def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def spell_number(digits):
    """Small numbers as people say them, long ones digit by digit."""
    value = int(digits)
    if len(digits) > 2 or (len(digits) == 2 and digits[0] == "0"):
        return " ".join(ONES[int(digit)] for digit in digits)
    if value < 20:
        return ONES[value]
    return TENS[value // 10] + ("" if value % 10 == 0 else " " + ONES[value % 10])


def words_of(phrase):
    text = phrase.lower().replace("\u2019", "'")
    text = re.sub(r"[0-9]+", lambda found: " " + spell_number(found.group(0)) + " ", text)
    return [word.strip("'") or word for word in re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*'?", text)]


class Dictionary:
    """Looks words up in the full pronunciation dictionary without building 134,000 Python objects."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = b"\n" + file.read() + b"\n"
        self.known = {}

    def lines_for(self, word):
        if word not in self.known:
            self.known[word] = self.find(word.encode("utf-8"))
        return self.known[word]

    def find(self, word):
        lines = []
        variant = 1
        while True:
            head = b"\n" + word + (b" " if variant == 1 else b"(%d) " % variant)
            at = self.data.find(head)
            if at < 0:
                return lines
            lines.append(self.data[at + 1 : self.data.index(b"\n", at + 1)].decode("utf-8"))
            variant += 1


class Stream:
    def __init__(self):
        self.decoder = None
        self.open_dictation = False
        self.utterance = None
        self.text = ""
        self.unheard = 0


class Recogniser:
    def __init__(self):
        self.dictionary = Dictionary(FULL_DICTIONARY)
        self.streams = {}
        self.spare = []

    def handle(self, kind, stream_id, payload):
        if kind == b"O":
            self.open(stream_id, json.loads(payload.decode("utf-8")))
            return
        stream = self.streams.get(stream_id)
        if stream is None:
            return
        if kind == b"S":
            self.start(stream, struct.unpack("<I", payload)[0])
        elif kind == b"A":
            self.hear(stream_id, stream, payload)
        elif kind == b"E":
            self.end(stream_id, stream)
        elif kind == b"C":
            self.release(stream)
            del self.streams[stream_id]

    def open(self, stream_id, wanted):
        stream = self.streams.get(stream_id)
        # Always set: a decoder used before still carries the mean of another caller's channel.
        cmninit = wanted["cmninit"]
        if stream is None:
            stream = self.streams[stream_id] = Stream()
        else:
            # New words for the same caller: what was learnt about the channel stays.
            cmninit = stream.decoder.get_cmn(False)
            self.release(stream)
        sentences, missing = self.sentences_of(wanted.get("phrases"))
        stream.open_dictation = not sentences
        stream.decoder = self.make_decoder(sentences)
        stream.decoder.set_cmn(cmninit)
        say({"t": "open", "s": stream_id, "missing": missing})

    def sentences_of(self, phrases):
        """The phrases as lists of words the dictionary has, and the words it has not."""
        sentences, missing = [], []
        for phrase in phrases or []:
            known = []
            for word in words_of(phrase):
                if self.dictionary.lines_for(word):
                    known.append(word)
                elif word not in missing:
                    missing.append(word)
            if known:
                sentences.append(known)
        return sentences, missing

    def make_decoder(self, sentences):
        if not sentences:
            if self.spare:
                return self.spare.pop()
            return Decoder(self.config(OPEN_LM, FULL_DICTIONARY, maxhmmpf=MAX_HMM_PER_FRAME))
        # The engine reads files only; it has read them by the time it is made.
        with tempfile.TemporaryDirectory(prefix="callplane-recogniser-") as folder:
            lm_path = os.path.join(folder, "scenario.arpa")
            dictionary_path = os.path.join(folder, "scenario.dict")
            lm = ArpaBoLM(text="\n".join(" ".join(words) for words in sentences), add_start=True)
            lm.compute()
            lm.write_file(lm_path)
            with open(dictionary_path, "w", encoding="utf-8") as file:
                for word in sorted({word for words in sentences for word in words}):
                    file.write("\n".join(self.dictionary.lines_for(word)) + "\n")
            return Decoder(self.config(lm_path, dictionary_path))

    @staticmethod
    def config(lm, dictionary, **more):
        return Config(hmm=HMM, lm=lm, dict=dictionary, cmn="live", samprate=16000, loglevel="FATAL", **more)

    def start(self, stream, number):
        stream.decoder.start_utt()
        stream.utterance = number
        stream.text = ""
        stream.unheard = 0

    def hear(self, stream_id, stream, audio):
        if stream.utterance is None:
            return
        stream.decoder.process_raw(audio, False, False)
        stream.unheard += len(audio)
        if stream.unheard < PARTIAL_EVERY_BYTES:
            return
        stream.unheard = 0
        text = self.text_of(stream)
        if text and text != stream.text:
            stream.text = text
            say({"t": "partial", "s": stream_id, "u": stream.utterance, "text": text})

    def end(self, stream_id, stream):
        if stream.utterance is None:
            return
        begun = time.monotonic()
        stream.decoder.end_utt()
        text = self.text_of(stream)
        ms = round((time.monotonic() - begun) * 1000, 1)
        say({"t": "final", "s": stream_id, "u": stream.utterance, "text": text, "ms": ms})
        stream.utterance = None

    @staticmethod
    def text_of(stream):
        found = stream.decoder.hyp()
        return found.hypstr.strip() if found is not None else ""

    def release(self, stream):
        if stream.utterance is not None:
            stream.decoder.end_utt()
            stream.utterance = None
        if stream.open_dictation and len(self.spare) < SPARE_OPEN_DECODERS:
            self.spare.append(stream.decoder)
        stream.decoder = None


def main():
    set_loglevel("FATAL")
    source = sys.stdin.buffer
    recogniser = Recogniser()
    say({"t": "ready"})
    while True:
        head = source.read(9)
        if len(head) < 9:
            return
        stream_id, length = struct.unpack("<II", head[1:])
        payload = source.read(length)
        try:
            recogniser.handle(head[:1], stream_id, payload)
        except Exception as error:  # one caller's trouble must not silence the others
            recogniser.streams.pop(stream_id, None)
            say({"t": "error", "s": stream_id, "message": "%s: %s" % (type(error).__name__, error)})


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, BrokenPipeError):
        pass
