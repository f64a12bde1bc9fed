import { listTemplates, templatesNamed } from '../../engine/channels';
import type { WhatsAppConfig } from '../../engine/channels';
import { startMock } from './mock';
import { wireTo } from './wire';

const SID = `HX${'a'.repeat(32)}`;

it.each<[string, string, (baseUrl: string) => WhatsAppConfig, string]>([
	['Meta', 'meta.whatsapp-cloud.yaml', (baseUrl) => ({ kind: 'meta', accessToken: 'token', phoneNumberId: '106540352242922', businessAccountId: '102290129340398', version: 'v23.0', baseUrl }), 'hello_world'],
	['Twilio', 'twilio.content.yaml', (baseUrl) => ({ kind: 'twilio', accountSid: `AC${'0'.repeat(32)}`, authToken: 'token', baseUrl }), SID],
])('templates of %s are read by calls that its published description takes, and as its examples are', async (_name, description, configOf, id) => {
	const mock = await startMock(description);
	const wire = await wireTo(mock.url);

	const all = await listTemplates(configOf(wire.url));
	const named = await templatesNamed(configOf(wire.url), id);
	await Promise.all([wire.close(), mock.close()]);

	expect(wire.calls.filter(({ status }) => status !== 200)).toEqual([]);
	expect(wire.calls.length).toBeGreaterThan(1);
	expect(all.length + (named?.length ?? 0)).toBeGreaterThan(0);
	expect([...all, ...(named ?? [])].every(({ id: one, name, language }) => one !== '' && name !== '' && language !== '')).toBe(true);
}, 90_000);
