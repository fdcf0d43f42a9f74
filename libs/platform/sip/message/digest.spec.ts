import { describe, expect, it } from 'vitest';
import { answerChallenge, readChallenge } from './digest.ts';

/** The worked example of RFC 7616 3.9.1. */
const rfc7616 = {
  realm: 'realm="http-auth@example.org", qop="auth, auth-int"',
  nonce: 'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
  request: {
    method: 'GET',
    uri: '/dir/index.html',
    username: 'Mufasa',
    password: 'Circle of Life',
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  },
};

function challenge(algorithm: string): string {
  return `Digest ${rfc7616.realm}, algorithm=${algorithm}, ${rfc7616.nonce}`;
}

describe('digest', () => {
  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('answers %s as RFC 7616 does', (algorithm, response) => {
    const read = readChallenge([challenge(algorithm)]);
    expect(read).toMatchObject({ algorithm, qopAuth: true, stale: false, realm: 'http-auth@example.org' });
    const value = read && answerChallenge(read, rfc7616.request);
    expect(value).toContain(`response="${response}"`);
    expect(value).toContain('qop=auth, nc=00000001');
    expect(value).toContain('opaque="FQhe');
  });

  it('answers without qop as RFC 2069 did', () => {
    const read = readChallenge(['Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"']);
    const request = {
      method: 'GET',
      uri: '/dir/index.html',
      username: 'Mufasa',
      password: 'CircleOfLife',
      cnonce: 'x',
    };
    const value = read && answerChallenge(read, request);
    expect(value).toContain('response="1949323746fe6a43ef61f9606e7febea"');
    expect(value).not.toContain('cnonce');
    expect(value).not.toContain('algorithm');
  });

  it('prefers SHA-256, and folds a session key for -sess', () => {
    expect(readChallenge([challenge('MD5'), challenge('SHA-256')])?.algorithm).toBe('SHA-256');
    const read = readChallenge([challenge('MD5-sess')]);
    expect(read && answerChallenge(read, rfc7616.request)).toContain('cnonce=');
  });

  it('says when only the nonce was stale', () => {
    expect(readChallenge([`${challenge('MD5')}, stale=TRUE`])?.stale).toBe(true);
  });

  it.each([
    'Basic realm="x"',
    'Digest realm="x"',
    'Digest realm="x", nonce="y", algorithm=AKAv1-MD5',
    'Digest realm="x", nonce="y", qop="auth-int"',
    '',
  ])('cannot answer %s', (value) => expect(readChallenge([value])).toBeUndefined());

  it('escapes quotes in a user name', () => {
    const read = readChallenge([challenge('MD5')]);
    expect(read && answerChallenge(read, { ...rfc7616.request, username: 'a"b' })).toContain('username="a\\"b"');
  });
});
