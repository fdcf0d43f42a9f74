import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, vi } from 'vitest';
import { Session, type TurnContext } from '@callplane/sdk';
import { llmDialog } from './llm-dialog.ts';

it('streams a chat model, remembers the conversation, and says when the model fails', async () => {
  const asked: { messages: unknown }[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push(JSON.parse(body) as { messages: unknown });
      response.writeHead(status);
      const piece = (content: string): string => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
      const stream = `${piece('We open ')}${piece('at ten.')}data: {"choices":[]}\n\ndata: [DONE]\n\n`;
      // Cut in the middle of an event.
      response.write(stream.slice(0, 30));
      setTimeout(() => response.end(stream.slice(30)), 5);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('OPENAI_BASE_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    const dialog = llmDialog('Be brief.');
    const turn: TurnContext = { session: new Session(), language: 'en', signal: new AbortController().signal };
    const ask = async (text: string): Promise<string> => {
      let said = '';
      if ('stream' in dialog) for await (const piece of dialog.stream(text, turn)) said += piece;
      return said;
    };
    expect(await ask('When do you open?')).toBe('We open at ten.');
    await ask('And on Sunday?');
    expect(asked[1]?.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'When do you open?' },
      { role: 'assistant', content: 'We open at ten.' },
      { role: 'user', content: 'And on Sunday?' },
    ]);
    status = 500;
    await expect(ask('Hello?')).rejects.toThrow('HTTP 500');
  } finally {
    vi.unstubAllEnvs();
    server.close();
  }
});
