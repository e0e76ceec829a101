import { describe, expect, test } from 'vitest'
import { parseTarget } from '../src/target.ts'

describe('parseTarget()', () => {
  test.each([
    ['redis://host', 'redis', 'redis://host'],
    ['rediss://user:p%40ss@host:6380/2', 'redis', 'rediss://host:6380/2'],
    ['valkey://:secret@[::1]:6379', 'redis', 'valkey://[::1]:6379'],
    ['postgres://keeper:secret@host:5432/db?sslmode=require', 'postgres', 'postgres://host:5432/db'],
    ['postgresql://keeper:secret@/db?host=/run/postgresql', 'postgres', 'postgresql:///db'],
    ['sqlite:///var/lib/a.db', 'sqlite', 'sqlite:///var/lib/a.db'],
    ['sqlite://:memory:', 'sqlite', 'sqlite://:memory:'],
    ['etcd://root:secret@a:2379,b:2379', 'etcd', 'etcd://a:2379,b:2379'],
  ])('%s is %s at %s', (uri, engine, server) => {
    expect(parseTarget(uri)).toMatchObject({ engine, server })
  })

  test('valkey and valkeys are redis and rediss for the client', () => {
    expect(parseTarget('valkey://host')).toMatchObject({ uri: 'redis://host' })
    expect(parseTarget('valkeys://host')).toMatchObject({ uri: 'rediss://host' })
  })

  test.each([
    ...[
      '',
      'secret',
      'host:6379',
      'redis:host',
      '://secret@host',
      'redis://',
      'redis://u:secret@',
      'redis://:secret@host:port',
    ],
    ...[
      'redis://:se/cret@host',
      'redis://:secret@host/db',
      'redis://:secret%zz@host',
      'redis://:se@cret@host:99999999',
    ],
    ...['redis://host?password=secret', 'rediss://host/0?db=1&password=secret', 'valkey://:se?cret@host'],
    ...[
      'postgres://',
      'postgres://u:secret@',
      'postgres://u:sec#ret@host/db',
      'sqlite://',
      'etcd://',
      'etcd://u:secret@host/path',
    ],
    ...[
      'mysql://u:secret@host/db',
      'redisx://:secret@host',
      'constructor://secret@host',
      'redis://:secret@a,b',
      'redis://:secret@ho st',
    ],
  ])('the error of %s is one sentence without a secret', (uri) => {
    const fault = parseTarget(uri)
    expect(fault).toEqual(expect.any(String))
    expect(fault).not.toMatch(/secret|se\/cret|cret@/)
  })

  test('parameters that no client reads are refused, since one of them may be the login', () => {
    expect(parseTarget('redis://host:6379/0?password=secret')).toContain('parameters after a question mark')
    expect(parseTarget('postgres://host/db?sslmode=require')).toMatchObject({ engine: 'postgres' })
  })
})
