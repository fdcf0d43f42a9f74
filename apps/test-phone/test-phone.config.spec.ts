import { readConfig } from '@callplane/config';
import { describe, expect, it } from 'vitest';
import { testPhoneConfig } from './test-phone.config.ts';

describe('testPhoneConfig', () => {
  it('has defaults, takes the shared names, and lets its own names win', () => {
    expect(readConfig(testPhoneConfig, {})).toMatchObject({ sipPort: 5070, httpPort: 8086, SIP_HOST: '127.0.0.1' });
    const shared = { SIP_PORT: '6000', PORT: '6001' };
    expect(readConfig(testPhoneConfig, shared)).toMatchObject({ sipPort: 6000, httpPort: 6001 });
    const own = { ...shared, TEST_PHONE_SIP_PORT: '0', TEST_PHONE_HTTP_PORT: '7001' };
    expect(readConfig(testPhoneConfig, own)).toMatchObject({ sipPort: 0, httpPort: 7001 });
    expect(() => readConfig(testPhoneConfig, { SIP_PORT: 'x' })).toThrow('SIP_PORT');
  });
});
