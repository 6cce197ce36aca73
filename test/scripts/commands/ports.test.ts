import { describe, expect, it } from 'vitest';
import { parsePorts } from '../../../scripts/commands/ports.ts';

const ports = (port: string, more: { 's3-port'?: string; 'step-functions-port'?: string } = {}) => {
  const { httpPort, s3Port, stepFunctionsPort } = parsePorts({ port, ...more });
  return [httpPort, s3Port, stepFunctionsPort];
};

describe('ports of npm start', () => {
  it('follow the one of the HTTP endpoint, or are free ones with it', () => {
    expect(ports('3000')).toEqual([3000, 3001, 3002]);
    expect(ports('0')).toEqual([0, 0, 0]);
  });

  it('are those that are named', () => {
    expect(ports('3000', { 's3-port': '9000' })).toEqual([3000, 9000, 3002]);
    expect(ports('3000', { 's3-port': '0', 'step-functions-port': '8083' })).toEqual([3000, 0, 8083]);
    expect(ports('0', { 's3-port': '9000' })).toEqual([0, 9000, 0]);
  });

  it('have to be ports', () => {
    expect(() => ports('65535')).toThrow('--s3-port');
    expect(() => ports('3000', { 'step-functions-port': 'x' })).toThrow('--step-functions-port');
  });
});
