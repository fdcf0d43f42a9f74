import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@callplane/testing';
import { RoomServiceClient } from 'livekit-server-sdk';
import { Client } from 'pg';
import { inject } from 'vitest';

const SPEECH = '/api/v2/platform/speech/v1';
const OVER = ['completed', 'failed'];

export interface RestAnswer {
  status: number;
  headers: Headers;
  body: any;
}

/** The shared platform as a test sees it: REST, its database for what REST does not show, LiveKit, its processes. */
export class Platform {
  readonly home: string;
  readonly env: Record<string, string>;

  constructor(given = inject('stack')) {
    this.home = given.home;
    this.env = given.env;
  }

  get base(): string {
    return this.env['UNPOD_BASE_URL']!;
  }

  async rest(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<RestAnswer> {
    const response = await fetch(
      `${this.base}${path.startsWith('/v1') || path.startsWith('/api') ? path : `${SPEECH}${path}`}`,
      {
        method,
        headers: {
          authorization: `Token ${this.env['UNPOD_PLATFORM_TOKEN']}`,
          'org-handle': this.env['UNPOD_ORG_HANDLE']!,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      },
    );
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
    };
  }

  async createCall(body: Record<string, unknown>): Promise<string> {
    const answer = await this.rest('POST', '/calls', body);
    if (answer.status !== 201) throw new Error(`POST /calls answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body.data.call_id;
  }

  async call(id: string): Promise<Record<string, any>> {
    return (await this.rest('GET', `/calls/${id}`)).body.data;
  }

  /** Follows a call to its end. @returns the visible statuses in order, and the call as it is then. */
  async follow(id: string, timeoutMs = 60_000): Promise<{ statuses: string[]; call: Record<string, any> }> {
    const statuses: string[] = [];
    const call = await waitFor(
      `${id} to end`,
      async () => {
        const now = await this.call(id);
        if (statuses.at(-1) !== now['status']) statuses.push(now['status']);
        return OVER.includes(now['status']) && now;
      },
      timeoutMs,
    );
    return { statuses, call };
  }

  async until(id: string, status: string): Promise<Record<string, any>> {
    return waitFor(
      `${id} to be ${status}`,
      async () => {
        const call = await this.call(id);
        return call['status'] === status && call;
      },
      30_000,
    );
  }

  async sql<T = Record<string, unknown>>(query: string, values: unknown[] = []): Promise<T[]> {
    const client = new Client({ connectionString: this.env['DATABASE_URL'] });
    await client.connect();
    try {
      return (await client.query(query, values)).rows as T[];
    } finally {
      await client.end();
    }
  }

  /** A number of the demo account whose trunk leads to this SIP peer. */
  async numberTo(sipUri: string): Promise<string> {
    const id = `e2e_${Math.random().toString(36).slice(2, 10)}`;
    const number = `+1555${String(Math.floor(Math.random() * 9_000_000) + 1_000_000)}`;
    await this.sql(
      `INSERT INTO trunk (id, account_id, name, kind, uri) VALUES ($1, 'acc_demo', 'e2e', 'embedded', $2)`,
      [`trk_${id}`, sipUri],
    );
    await this.sql(`INSERT INTO number (id, account_id, number, trunk_id) VALUES ($1, 'acc_demo', $2, $3)`, [
      `num_${id}`,
      number,
      `trk_${id}`,
    ]);
    return number;
  }

  processes(): { name: string; pid: number; port?: number }[] {
    return JSON.parse(readFileSync(join(this.home, 'processes.json'), 'utf8'));
  }

  /** What a finished call must not leave: its room, its dialog's journal, its teardown undone. */
  async leftOf(callId: string): Promise<string[]> {
    const [row] = await this.sql<{ room_name: string | null; torn_down_at: Date | null }>(
      'SELECT room_name, torn_down_at FROM call WHERE id = $1',
      [callId],
    );
    const rooms = await this.rooms();
    const journal = await this.sql('SELECT 1 FROM leg_journal WHERE call_id = $1', [callId]);
    return [
      ...(row?.torn_down_at === null ? ['teardown not finished'] : []),
      ...(rooms.includes(row?.room_name ?? '') ? [`room ${row?.room_name}`] : []),
      ...(journal.length > 0 ? ['SIP dialog'] : []),
    ];
  }

  async rooms(): Promise<string[]> {
    const client = new RoomServiceClient(
      this.env['LIVEKIT_URL']!.replace(/^ws/, 'http'),
      this.env['LIVEKIT_API_KEY'],
      this.env['LIVEKIT_API_SECRET'],
    );
    return (await client.listRooms()).map((room) => room.name);
  }

  /** UDP ports below 32768 held by the SIP services and their media workers: signalling, and RTP of live calls. */
  sipPorts(): number {
    const pids = this.processes()
      .filter(({ name }) => name.startsWith('sip-originator'))
      .flatMap(({ pid }) => familyOf(pid));
    return pids.reduce((sum, pid) => sum + udpPorts(pid), 0);
  }
}

function familyOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(/\s+/)
      .filter(Boolean)
      .map(Number);
    return [pid, ...children.flatMap(familyOf)];
  } catch {
    return [];
  }
}

function udpPorts(pid: number): number {
  const inodes = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      inodes.add(/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? '');
    } catch {
      // Closed between the listing and the look.
    }
  }
  const rows = readFileSync('/proc/net/udp', 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
  return rows.filter((row) => inodes.has(row[9] ?? '') && parseInt(row[1]?.split(':')[1] ?? '0', 16) < 32_768).length;
}
