/** One SIP message of sipp's message log. */
export interface SippMessage {
  direction: '<' | '>';
  /** `INVITE`, `180`, ...: method or status. */
  startLine: string;
  callId: string;
  cseq: string;
}

/** Reads sipp's `-trace_msg` log; retransmissions (same direction, start line, Call-ID and CSeq) count once. */
export function parseMessages(log: string): SippMessage[] {
  const seen = new Set<string>();
  const messages: SippMessage[] = [];
  for (const part of log.split(/^-{10,}.*$/m).slice(1)) {
    const direction = /message received/.test(part) ? '<' : '>';
    const lines = part.split(/\r?\n/);
    const start = lines.find((line) => /^(SIP\/2\.0 \d{3}|[A-Z]+ sips?:)/.test(line));
    if (start === undefined) continue;
    const startLine = start.startsWith('SIP/2.0') ? start.slice(8, 11) : (start.split(' ')[0] ?? '');
    const message = { direction, startLine, callId: header(lines, 'Call-ID'), cseq: header(lines, 'CSeq') } as const;
    const key = JSON.stringify(message);
    if (seen.has(key)) continue;
    seen.add(key);
    messages.push(message);
  }
  return messages;
}

function header(lines: string[], name: string): string {
  const line = lines.find((text) => text.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line?.slice(name.length + 1).trim() ?? '';
}

/** Most dialogs open at once: from an INVITE to its final failure or the answered BYE. */
export function mostDialogs(messages: SippMessage[]): number {
  const open = new Set<string>();
  let most = 0;
  for (const { direction, startLine, callId, cseq } of messages) {
    if (startLine === 'INVITE') open.add(callId);
    const failed = /^[3-6]\d\d$/.test(startLine) && cseq.endsWith('INVITE');
    const ended = startLine === '200' && cseq.endsWith('BYE');
    if (failed || ended || (startLine === 'BYE' && direction === '<')) open.delete(callId);
    most = Math.max(most, open.size);
  }
  return most;
}
