import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';

import { PRAGMAS } from '../../engine/store/sqlite/pragmas';

interface Event {
	messageId: string;
	userId: string;
	event: string;
	timestamp: string;
	properties: unknown;
}

/**
 * Parses and inserts the same, and does nothing else: no identities, no profiles, no checks. With the pragmas and indexes of the engine's
 * table, and all that arrived in one turn of the event loop in one transaction.
 */
const database = new DatabaseSync(process.argv[2] ?? ':memory:');
database.exec(PRAGMAS);
database.exec(`create table event (id integer primary key, person text not null, name text not null, message_id text, occurred_at integer not null, received_at integer not null, properties text not null);
	create unique index event_message on event (message_id); create index event_name on event (person, name, occurred_at)`);
const insert = database.prepare('insert or ignore into event (person, name, message_id, occurred_at, received_at, properties) values (?, ?, ?, ?, ?, ?)');
const answer = JSON.stringify({ success: true });
let waiting: Array<{ event: Event; response: ServerResponse }> = [];

function commit(): void {
	const group = waiting;
	waiting = [];
	database.exec('begin immediate');
	for (const { event } of group) insert.run(event.userId, event.event, event.messageId, Date.parse(event.timestamp), performance.timeOrigin + performance.now(), JSON.stringify(event.properties));
	database.exec('commit');
	for (const { response } of group) response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer);
}

const server = createServer((request, response) => {
	const chunks: Buffer[] = [];
	request.on('data', (chunk: Buffer) => chunks.push(chunk));
	request.once('end', () => {
		waiting.push({ event: JSON.parse(Buffer.concat(chunks).toString('utf8')) as Event, response });
		if (waiting.length === 1) setImmediate(commit);
	});
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
