import type { Dialog } from '@callplane/sdk';

interface Message {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/**
 * A brain on any OpenAI-compatible chat API: `OPENAI_BASE_URL` (default https://api.openai.com/v1), `OPENAI_API_KEY`,
 * `OPENAI_MODEL`. One per call, because it remembers what was said.
 */
export function llmDialog(instructions: string): Dialog {
  const messages: Message[] = [{ role: 'system', content: instructions }];
  return {
    async *stream(text, { signal }) {
      messages.push({ role: 'user', content: text });
      const reply: Message = { role: 'assistant', content: '' };
      messages.push(reply);
      // An interrupted reply stays as far as it came: the model then knows what it has said.
      for await (const piece of streamChat(messages.slice(0, -1), signal)) {
        reply.content += piece;
        yield piece;
      }
    },
  };
}

async function* streamChat(messages: Message[], signal: AbortSignal): AsyncGenerator<string> {
  const base = process.env['OPENAI_BASE_URL'] ?? 'https://api.openai.com/v1';
  const response = await fetch(`${base}/chat/completions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${process.env['OPENAI_API_KEY'] ?? ''}` },
    body: JSON.stringify({ model: process.env['OPENAI_MODEL'] ?? 'gpt-4o-mini', stream: true, messages }),
    signal,
  });
  if (!response.ok || response.body === null) throw new Error(`the model answered HTTP ${response.status}`);
  let buffered = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (buffered + chunk).split('\n');
    buffered = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: ') || line.trim() === 'data: [DONE]') continue;
      const event = JSON.parse(line.slice(6)) as { choices?: { delta?: { content?: string } }[] };
      const piece = event.choices?.[0]?.delta?.content;
      if (piece) yield piece;
    }
  }
}
