/** What a person reads while the stack runs: aligned, quiet, in colour only on a terminal. */
export class Terminal {
  private readonly colour: boolean;

  constructor(private readonly out: NodeJS.WriteStream = process.stdout) {
    this.colour = out.isTTY && !process.env['NO_COLOR'];
    // The terminal may be gone (closed, or the reader of a pipe ended) while we still have to stop everything.
    out.on('error', () => undefined);
  }

  heading(text: string): void {
    this.write(`\n${this.bold(text)}`);
  }

  /** `  subject      text` */
  line(subject: string, text: string): void {
    this.write(`  ${this.dim(subject.padEnd(16))} ${text}`);
  }

  plain(text: string): void {
    this.write(text);
  }

  problem(text: string): void {
    this.write(`\n${this.paint(31, text)}`);
  }

  bold(text: string): string {
    return this.paint(1, text);
  }

  dim(text: string): string {
    return this.paint(2, text);
  }

  accent(text: string): string {
    return this.paint(36, text);
  }

  private paint(code: number, text: string): string {
    return this.colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  private write(text: string): void {
    this.out.write(`${text}\n`);
  }
}
