import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A mistake in one file under deploy/ that the check must find, and a word of the complaint. */
export interface PlantedMistake {
  what: string;
  file: string;
  from: string;
  to: string;
  complaint: RegExp;
}

const templates = 'helm/callplane/templates';

export const PLANTED_MISTAKES: PlantedMistake[] = [
  {
    what: 'a field Kubernetes does not have',
    file: `${templates}/deployments.yaml`,
    from: 'terminationGracePeriodSeconds:',
    to: 'terminationGraceSeconds:',
    complaint: /additionalProperties.*terminationGraceSeconds/,
  },
  {
    what: 'a field of the wrong type',
    file: `${templates}/services.yaml`,
    from: 'port: 80\n',
    to: 'port: eighty\n',
    complaint: /expected integer/,
  },
  {
    what: 'a field that is missing',
    file: `${templates}/autoscalers.yaml`,
    from: '  maxReplicas: {{ .max }}\n',
    to: '',
    complaint: /missing properties: 'maxReplicas'/,
  },
  {
    what: 'a value the chart does not have',
    file: 'helm/callplane/values.yaml',
    from: 'publicUrl:',
    to: 'publicURL:',
    complaint: /publicURL/,
  },
  {
    what: 'a variable the chart does not give',
    file: 'helm/callplane/values.yaml',
    from: '    livekit: true\n',
    to: '',
    complaint: /sip-originator lacks LIVEKIT_URL/,
  },
  {
    what: 'a misspelt variable in the chart',
    file: 'helm/callplane/values.yaml',
    from: 'SIP_GATEWAY:',
    to: 'SIP_GATEWAYS:',
    complaint: /sets SIP_GATEWAYS, which it does not read/,
  },
  {
    what: 'a source that is not there in the Dockerfile',
    file: 'docker/Dockerfile',
    from: 'COPY libs libs',
    to: 'COPY library libs',
    complaint: /copies library, which does not exist/,
  },
  {
    what: 'a target that runs as root',
    file: 'docker/Dockerfile',
    from: 'ENV CALLPLANE_SPEECH_PYTHON=/opt/speech/bin/python\nUSER node\n',
    to: 'ENV CALLPLANE_SPEECH_PYTHON=/opt/speech/bin/python\n',
    complaint: /speech-adapter runs as root/,
  },
  {
    what: 'a key Compose does not have',
    file: 'compose/compose.yaml',
    from: '    stop_grace_period: 30s\n',
    to: '    stop_grace: 30s\n',
    complaint: /stop_grace/,
  },
  {
    what: 'a service Compose does not give its variables',
    file: 'compose/compose.yaml',
    from: '  CALLPLANE_SECRET:',
    to: '  CALLPLANE_SECRETS:',
    complaint: /dispatcher lacks CALLPLANE_SECRET/,
  },
];

/** Copies deploy/ to `folder` with the mistake in it. Throws when its place is not there any more. */
export function plant(mistake: PlantedMistake, deploy: string, folder: string): void {
  cpSync(deploy, folder, { recursive: true });
  const path = join(folder, mistake.file);
  const text = readFileSync(path, 'utf8');
  if (!text.includes(mistake.from))
    throw new Error(`${mistake.file} has no "${mistake.from}": plant "${mistake.what}" elsewhere.`);
  writeFileSync(path, text.replace(mistake.from, mistake.to));
}
