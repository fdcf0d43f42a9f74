/** Input samples either side of an output sample that are looked at, at equal rates; more when the rate goes down. */
const HALF_WIDTH = 16;
/** Kaiser window parameter: about 70 dB of stop band. */
const BETA = 7;

/**
 * Streaming rate conversion by a windowed sinc, one set of coefficients a phase. Mono 16-bit in, mono 16-bit out.
 * The delay of the filter is taken off the start, so that output sample n is at time n / `to`; `flush` gives the tail.
 */
export class Resampler {
  private readonly up: number;
  private readonly down: number;
  private readonly reach: number;
  private readonly phases: Float32Array[];
  private line: Float32Array;
  /** Output samples made so far, and the number of input samples dropped from the front of `line`. */
  private made = 0;
  private dropped: number;

  constructor(from: number, to: number) {
    const divisor = gcd(from, to);
    this.up = to / divisor;
    this.down = from / divisor;
    const cutoff = Math.min(1, to / from);
    this.reach = Math.ceil(HALF_WIDTH / cutoff);
    this.phases = Array.from({ length: this.up }, (_, phase) => this.coefficients(phase / this.up, cutoff));
    this.line = new Float32Array(this.reach);
    this.dropped = -this.reach;
  }

  push(pcm: Int16Array): Int16Array {
    if (this.up === this.down) return pcm;
    const line = new Float32Array(this.line.length + pcm.length);
    line.set(this.line);
    for (let i = 0; i < pcm.length; i++) line[this.line.length + i] = pcm[i] ?? 0;
    this.line = line;
    return this.convert();
  }

  /** The samples that still waited for input after their time. */
  flush(): Int16Array {
    return this.push(new Int16Array(this.up === this.down ? 0 : this.reach));
  }

  private convert(): Int16Array {
    const end = this.dropped + this.line.length - this.reach;
    const count = Math.max(0, Math.ceil((end * this.up) / this.down) - this.made);
    const out = new Int16Array(count);
    for (let i = 0; i < count; i++) {
      const position = (this.made + i) * this.down;
      const centre = Math.floor(position / this.up);
      const taps = this.phases[position % this.up] ?? new Float32Array(0);
      const first = centre - this.reach + 1 - this.dropped;
      let sum = 0;
      for (let tap = 0; tap < taps.length; tap++) sum += (taps[tap] ?? 0) * (this.line[first + tap] ?? 0);
      out[i] = Math.max(-32768, Math.min(32767, Math.round(sum)));
    }
    this.made += count;
    const keepFrom = Math.floor((this.made * this.down) / this.up) - this.reach + 1 - this.dropped;
    if (keepFrom > 0) {
      this.line = this.line.slice(keepFrom);
      this.dropped += keepFrom;
    }
    return out;
  }

  private coefficients(fraction: number, cutoff: number): Float32Array {
    const taps = new Float32Array(2 * this.reach);
    let sum = 0;
    for (let i = 0; i < taps.length; i++) {
      const distance = i - this.reach + 1 - fraction;
      const angle = Math.PI * distance * cutoff;
      const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
      const value = cutoff * sinc * kaiser(distance / this.reach);
      taps[i] = value;
      sum += value;
    }
    // Every phase passes a constant unchanged; otherwise the phases would beat audibly.
    return taps.map((tap) => tap / sum);
  }
}

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel(BETA * Math.sqrt(1 - x * x)) / bessel(BETA);
}

/** Modified Bessel function of the first kind, order zero. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-9; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
