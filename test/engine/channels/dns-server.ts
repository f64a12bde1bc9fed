import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';

const TYPES: Record<number, string> = { 1: 'A', 15: 'MX', 16: 'TXT', 28: 'AAAA' };
const NXDOMAIN = 3;
const SERVFAIL = 2;

/** 'example.com TXT' -> its records; MX as '10 mail.example.com'. A name of the zone without the type asked has no such record; any other name does not exist. */
export type Zone = Record<string, string[] | 'silent' | 'broken'>;

export interface DnsServer {
	/** ip:port. */
	address: string;
	/** 'name TYPE' of every question. */
	asked: string[];
	close(): Promise<void>;
}

/** A DNS server on a UDP socket (RFC 1035), which answers from a zone, not at all, or with SERVFAIL. */
export async function dnsServer(zone: Zone): Promise<DnsServer> {
	const socket: Socket = createSocket('udp4');
	const asked: string[] = [];
	socket.on('message', (query, from) => {
		const { name, type, end } = question(query);
		const key = `${name} ${TYPES[type] ?? type}`;
		asked.push(key);
		const records = zone[key];
		if (records === 'silent') return;
		const exists = Object.keys(zone).some((one) => one.startsWith(`${name} `));
		const code = records === 'broken' ? SERVFAIL : exists ? 0 : NXDOMAIN;
		const answers = Array.isArray(records) ? records.map((record) => answer(type, record)) : [];
		socket.send(Buffer.concat([header(query, code, answers.length), query.subarray(12, end), ...answers]), from.port, from.address);
	});
	await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
	return { address: `127.0.0.1:${(socket.address() as AddressInfo).port}`, asked, close: () => new Promise((resolve) => socket.close(() => resolve())) };
}

function header(query: Buffer, code: number, answers: number): Buffer {
	const bytes = Buffer.alloc(12);
	query.copy(bytes, 0, 0, 2);
	// A response, authoritative, recursion wanted and available; one question.
	bytes.writeUInt16BE(0x8580 | code, 2);
	bytes.writeUInt16BE(1, 4);
	bytes.writeUInt16BE(answers, 6);
	return bytes;
}

function question(query: Buffer): { name: string; type: number; end: number } {
	const labels: string[] = [];
	let at = 12;
	for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
		labels.push(query.subarray(at + 1, at + 1 + length).toString());
		at += 1 + length;
	}
	return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function answer(type: number, record: string): Buffer {
	const data = rdata(type, record);
	const head = Buffer.alloc(12);
	// The name: a pointer to the question's.
	head.writeUInt16BE(0xc00c, 0);
	head.writeUInt16BE(type, 2);
	head.writeUInt16BE(1, 4);
	head.writeUInt32BE(60, 6);
	head.writeUInt16BE(data.length, 10);
	return Buffer.concat([head, data]);
}

function rdata(type: number, record: string): Buffer {
	if (type === 1) return Buffer.from(record.split('.').map(Number));
	if (type === 16) return Buffer.concat((record.match(/[\s\S]{1,255}/g) ?? ['']).map((part) => Buffer.concat([Buffer.from([part.length]), Buffer.from(part)])));
	if (type === 15) {
		const [priority = '0', host = '.'] = record.split(' ');
		const bytes = Buffer.alloc(2);
		bytes.writeUInt16BE(Number(priority));
		return Buffer.concat([bytes, ...host.split('.').filter((label) => label !== '').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])), Buffer.from([0])]);
	}
	throw new Error(`No answer of type ${type} in these tests`);
}
