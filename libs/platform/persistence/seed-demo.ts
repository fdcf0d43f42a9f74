import { createDataSource } from './open-database.ts';
import { hashToken } from './stores/auth.store.ts';

export interface DemoAccount {
  orgHandle: string;
  /** `Authorization: Token`; only its hash is stored, so the caller keeps it. */
  platformToken: string;
  /** `Authorization: Bearer`. */
  apiKey: string;
  /** SIP peer of the embedded trunk, `sip:host:port` with an optional `;transport=tcp`. */
  trunkUri: string;
}

const VOICE_PROFILES = [
  [
    'vp_en_clear',
    'Clear (local)',
    'English, natural voice. STT and TTS on this machine, no key needed.',
    'male',
    'flite:rms',
  ],
  [
    'vp_en_bright',
    'Bright (local)',
    'English, higher voice. STT and TTS on this machine, no key needed.',
    'female',
    'flite:slt',
  ],
  [
    'vp_en_light',
    'Light (local)',
    'English, synthetic voice, first sound in 10 ms. STT and TTS on this machine.',
    'neutral',
    'espeak:en',
  ],
] as const;

/** Numbers of the demo account; the first is the caller id of outbound calls. */
export const DEMO_NUMBERS = ['+15550109001', '+15550109002'] as const;

/**
 * Creates the `demo` account with everything a first call needs, or brings it up to date: keys, voice profiles, the embedded
 * trunk and two numbers. Running it again changes nothing else.
 */
export async function seedDemo(url: string, demo: DemoAccount): Promise<void> {
  const db = createDataSource(url, 2);
  await db.initialize();
  try {
    await db.transaction(async (tx) => {
      await tx.query(
        `INSERT INTO account (id, org_handle, name) VALUES ('acc_demo', $1, 'Demo') ON CONFLICT (id) DO UPDATE SET org_handle = $1`,
        [demo.orgHandle],
      );
      const keys = [
        ['key_demo_platform', 'Demo platform token', 'platform_token', demo.platformToken],
        ['key_demo_api', 'Demo API key', 'api_key', demo.apiKey],
      ] as const;
      for (const [id, name, kind, token] of keys) {
        await tx.query(
          `INSERT INTO api_key (id, account_id, name, kind, prefix, sha256) VALUES ($1, 'acc_demo', $2, $3, $4, $5)
           ON CONFLICT (id) DO UPDATE SET prefix = $4, sha256 = $5, revoked_at = NULL`,
          [id, name, kind, token.slice(0, 8), hashToken(token)],
        );
      }
      for (const [rank, [id, name, description, gender, voice]] of VOICE_PROFILES.entries()) {
        // Lists are in order of creation, and the first profile is the one an agent without a choice gets.
        await tx.query(
          `INSERT INTO voice_profile (id, name, description, gender, language, stt_provider, tts_provider, tts_voice, created_at)
           VALUES ($1, $2, $3, $4, 'en', 'local', 'local', $5, now() + $6 * interval '1 ms') ON CONFLICT (id) DO UPDATE SET tts_voice = $5, name = $2, description = $3`,
          [id, name, description, gender, voice, rank],
        );
      }
      await tx.query(
        `INSERT INTO trunk (id, account_id, name, kind, uri) VALUES ('trk_demo', 'acc_demo', 'Embedded trunk', 'embedded', $1)
         ON CONFLICT (id) DO UPDATE SET uri = $1`,
        [demo.trunkUri],
      );
      for (const [index, number] of DEMO_NUMBERS.entries()) {
        await tx.query(
          `INSERT INTO number (id, account_id, number, trunk_id, country) VALUES ($1, 'acc_demo', $2, 'trk_demo', 'US')
           ON CONFLICT (id) DO UPDATE SET number = $2`,
          [`num_demo_${index + 1}`, number],
        );
      }
    });
  } finally {
    await db.destroy();
  }
}
