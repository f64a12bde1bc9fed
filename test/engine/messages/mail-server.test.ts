import type { SMTPServerAuthentication, SMTPServerDataStream, SMTPServerOptions, SMTPServerSession } from 'smtp-server';

import type { SmtpConfig } from '../../../engine/channels/types';
import { smtpServer, type TestServer } from '../channels/servers';
import { DATABASES } from '../databases';
import { protocolViolations } from '../journeys/protocol-checks';
import type { Leg } from '../journeys/walk';
import { HOUR_MS, MINUTE_MS, World } from '../journeys/world';
import { Mailbox } from './mailbox';

type Done = (error?: Error | null, response?: { user: string }) => void;

const later = () => Object.assign(new Error('4.7.1 Greylisted, come again'), { responseCode: 451 });

/** A real mail server as the outside has them: no mail without STARTTLS and a login. */
function strict(method: string, options: SMTPServerOptions = {}, seen: Array<{ method: string; secure: boolean; user: string | undefined }> = []): Promise<TestServer> {
	return smtpServer({
		authOptional: false, disabledCommands: [], hideSTARTTLS: false, allowInsecureAuth: false, authMethods: [method],
		onAuth: (auth: SMTPServerAuthentication, session: SMTPServerSession, done: Done) => {
			seen.push({ method: auth.method, secure: session.secure, user: auth.username });
			if (auth.username === 'shop' && auth.password === 'right') done(null, { user: 'shop' });
			else done(Object.assign(new Error('no'), { responseCode: 535 }));
		},
		...options,
	});
}

const login = ({ config }: TestServer): SmtpConfig => ({ ...config, requireTls: true, allowSelfSigned: true, user: 'shop', password: 'right' });

describe.each(DATABASES)('mails of a journey through a real mail server, on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;
	let leg: Leg;
	let server: TestServer;

	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = () => world.walk.step('email', 'email');
	const mail = () => mailbox.mail({ provider: login(server) });
	const states = async () => (await world.messages()).map(({ state }) => state);

	beforeEach(async () => {
		[world, mailbox] = [await World.open(kind), await Mailbox.open()];
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		await world.track('Signed Up', await world.people(2));
		leg = await world.walk.start(trigger());
	});
	afterEach(async () => {
		expect(await protocolViolations(world.engine.store, mailbox.accepted, { entryEvent: 'Signed Up', atRest: false })).toEqual({});
		await world.close();
		await mailbox.close();
		await server.close();
	});

	it.each(['PLAIN', 'LOGIN', 'CRAM-MD5'])('leave over STARTTLS after a login by AUTH %s, never in the clear', async (method) => {
		const seen: Array<{ method: string; secure: boolean; user: string | undefined }> = [];
		server = await strict(method, method === 'CRAM-MD5' ? { onAuth: (auth, session, done) => {
			seen.push({ method: auth.method, secure: session.secure, user: auth.username });
			done(null, auth.validatePassword('right') ? { user: 'shop' } : undefined);
		} } : {}, seen);

		const { results } = await world.walk.email(step(), leg.people, mail());

		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
		expect(server.received.map(({ to }) => to[0]).sort()).toEqual(['p0@customer.example', 'p1@customer.example']);
		expect(seen.length).toBeGreaterThan(0);
		expect(new Set(seen.map((one) => `${one.method} ${one.secure} ${one.user}`))).toEqual(new Set([`${method} true shop`]));
	});

	it.each([
		['at the recipient', (greylist: (key: string) => Error | null): SMTPServerOptions => ({ onRcptTo: ({ address }, _session, done) => done(greylist(address)) })],
		['after the message', (greylist: (key: string) => Error | null): SMTPServerOptions => ({ onData: (stream: SMTPServerDataStream, session, done) => {
			stream.resume().on('end', () => done(greylist(session.envelope.rcptTo[0]?.address ?? '')));
		} })],
	])('that are greylisted %s wait at the step and are taken at the next try, once', async (_title, refusing) => {
		const tries: string[] = [];
		const taken: string[] = [];
		server = await strict('PLAIN', refusing((address) => {
			tries.push(address);
			if (tries.filter((one) => one === address).length === 1) return later();
			taken.push(address);
			return null;
		}));

		const first = await world.walk.email(step(), leg.people, mail());
		await world.walk.settle(leg);
		const waiting = await states();
		world.clock.advance(MINUTE_MS - 1);
		const early = await world.walk.start(step());
		world.clock.advance(1);
		const again = await world.walk.start(step());
		const second = await world.walk.email(step(), again.people, mail());
		await world.walk.settle(again);
		world.clock.advance(48 * HOUR_MS);
		const after = await world.walk.start(step());

		expect(first.results).toMatchObject([{ outcome: 'parked', reason: expect.stringContaining('451 4.7.1 Greylisted') as string }, { outcome: 'parked' }]);
		expect(waiting).toEqual(['deferred', 'deferred']);
		expect(early.people).toEqual([]);
		expect(second.results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
		expect(after.people).toEqual([]);
		expect(taken.sort()).toEqual(['p0@customer.example', 'p1@customer.example']);
		expect(tries).toHaveLength(4);
		expect(await world.messages()).toMatchObject([{ state: 'sent', attempts: 2 }, { state: 'sent', attempts: 2 }]);
	});

	it('whose connection breaks after DATA are unknown: on by Sent, seen in the ledger, and never sent again, whatever is tried', async () => {
		const handedOver: string[] = [];
		server = await strict('PLAIN', { onData(stream, session) {
			stream.resume().on('end', () => {
				handedOver.push(session.envelope.rcptTo[0]?.address ?? '');
				// The server has it and would deliver it; its answer never arrives.
				for (const connection of (this as unknown as { connections: Set<{ id: string; _socket: { destroy(): void } }> }).connections) {
					if (connection.id === session.id) connection._socket.destroy();
				}
			});
		} });

		const first = await world.walk.email(step(), leg.people, mail());
		world.clock.advance(90_000);
		const replay = await world.walk.start(trigger());
		const again = await world.walk.email(step(), replay.people, mail());
		await world.walk.settle(replay);
		world.clock.advance(48 * HOUR_MS);
		for (let n = 0; n < 21; n += 1) await world.engine.tick();
		const after = await world.walk.start(step());

		expect(first.results).toMatchObject([{ outcome: 'unknown' }, { outcome: 'unknown' }]);
		expect(first.sent).toHaveLength(2);
		expect(again.results.map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown']);
		expect(after.people).toEqual([]);
		expect(handedOver.sort()).toEqual(['p0@customer.example', 'p1@customer.example']);
		expect(await states()).toEqual(['unknown', 'unknown']);
		expect(await world.engine.messages.list({ state: 'unknown' })).toMatchObject([{ reason: expect.stringContaining('before the server confirmed it') as string }, {}]);
	});
});
