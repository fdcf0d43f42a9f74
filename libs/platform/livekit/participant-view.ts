/** What a participant is: a phone leg, an ordinary client, or one of LiveKit's own kinds. */
export type ParticipantKind = 'sip' | 'standard' | 'other';

/** One participant of a room as we see it. */
export interface ParticipantView {
  readonly identity: string;
  readonly kind: ParticipantKind;
  readonly attributes: Readonly<Record<string, string>>;
}
