import { createEmailProvider } from '../../../engine/channels';
import { createProviderPool } from '../../../engine/channels/pool';
import type { EmailConfig, OutgoingEmail, SendOutcome } from '../../../engine/channels/types';
import { httpService, type Answer, type Service } from './http-service';
import { email } from './servers';

const TAKEN: Answer = { status: 200, json: { id: 'taken' } };
const pool = createProviderPool<EmailConfig, OutgoingEmail>(createEmailProvider);
let service: Service;
let answer: (answer: Answer) => void;

beforeEach(async () => {
	service = await httpService();
	const answered = new Promise<Answer>((resolve) => (answer = resolve));
	service.answer = () => answered;
});
afterEach(async () => {
	await pool.closeAll();
	await service.close();
});

const of = (key: number) => pool.of({ kind: 'resend', apiKey: `re_${key}`, baseUrl: service.url, timeoutMs: 30_000 });
const fill = (): void => {
	for (let key = 1; key <= 20; key++) of(key);
};
const calls = async (count: number): Promise<void> => {
	while (service.calls.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
};

it.each([
	['one mail', async (): Promise<SendOutcome> => await of(0).send(email())],
	['a batch', async (): Promise<SendOutcome> => (await of(0).batch?.send([email()]))?.[0] ?? { kind: 'ambiguous', reason: '' }],
	['a batch of one with a file', async (): Promise<SendOutcome> => (await of(0).batch?.send([email({ attachments: [{ fileName: 'a.txt', contentType: 'text/plain', content: Buffer.from('a') }] })]))?.[0] ?? { kind: 'ambiguous', reason: '' }],
])('a provider that makes room for another ends its connections when what is under way has its answer: %s', async (what, send) => {
	const outcome = send();
	await calls(1);
	const first = of(0);

	fill();
	expect(of(0)).not.toBe(first);
	answer(what === 'a batch' ? { status: 200, json: { data: [{ id: 'taken' }] } } : TAKEN);

	expect(await outcome).toEqual({ kind: 'accepted', providerId: 'taken' });
	expect(service.calls).toHaveLength(1);
});

it('one that nobody uses ends its connections at once', async () => {
	answer(TAKEN);
	await of(0).send(email());
	const open = (): Promise<number> => service.connections();
	expect(await open()).toBe(1);

	fill();

	while ((await open()) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

it('one that made room while it sent ends its connections afterwards', async () => {
	const outcome = of(0).send(email());
	await calls(1);
	fill();
	answer(TAKEN);
	await outcome;

	while ((await service.connections()) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});
