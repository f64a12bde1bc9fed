import { findOnPath, provideFromDebian } from './debian.mjs';

const NAMES = ['redis-server', 'valkey-server'];

/** Path of a Redis server on this machine (REDIS_SERVER_PATH, else the PATH), or undefined. */
export function findRedis() {
	return process.env.REDIS_SERVER_PATH || findOnPath(NAMES);
}

/** n8n's queue mode hands executions to its workers through Redis. Found or, as root on a machine with apt-get (as CI is), installed. Returns its path. */
export async function provideRedis() {
	return await provideFromDebian({
		title: 'Redis for the end-to-end test of queue mode', package: 'redis-server', find: findRedis,
		otherwise: 'The end-to-end test of queue mode needs Redis or Valkey: install it (Debian: sudo apt-get install redis-server), or set REDIS_SERVER_PATH to its server.',
	});
}
