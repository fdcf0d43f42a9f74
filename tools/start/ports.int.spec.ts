import { freePort } from '@callplane/testing';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { choosePorts, findBusyPort } from './ports.ts';

describe('choosePorts', () => {
  it('takes the fixed ones, a moved one, or free ones throughout', async () => {
    expect(await choosePorts(false, { CALLPLANE_PORT_GATEWAY_SIP: '5099' })).toMatchObject({
      api: 8080,
      'gateway-sip': 5099,
    });
    const free = Object.values(await choosePorts(true, {}));
    expect(new Set(free).size).toBe(free.length);
    await expect(choosePorts(false, { CALLPLANE_PORT_API: 'eighty' })).rejects.toThrow('CALLPLANE_PORT_API');
  });
});

describe('findBusyPort', () => {
  it('names the port, who needs it and the variable that moves it, for TCP and for UDP', async () => {
    const ports = await choosePorts(true, {});
    expect(await findBusyPort(ports, ['api', 'gateway-sip'])).toBeUndefined();

    const tcp = createServer().listen(ports.api, '127.0.0.1');
    await once(tcp, 'listening');
    const sentence = await findBusyPort(ports, ['gateway-sip', 'api']);
    expect(sentence).toMatch(`Port ${ports.api} is taken and api needs it`);
    expect(sentence).toMatch('CALLPLANE_PORT_API');
    tcp.close();

    const udp = createSocket('udp4').bind(await freePort(), '127.0.0.1');
    await once(udp, 'listening');
    const port = udp.address().port;
    expect(await findBusyPort({ ...ports, 'gateway-sip': port }, ['gateway-sip'])).toMatch(`Port ${port} is taken`);
    udp.close();
  });
});
