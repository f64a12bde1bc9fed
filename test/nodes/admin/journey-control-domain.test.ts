import { JourneyControl } from '../../../nodes/JourneyControl/JourneyControl.node';
import { dnsServer } from '../../engine/channels/dns-server';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import { openWorld } from './world';
import type { World } from './world';

describe('Journey Control checks a sender\'s domain', () => {
	let world: World;
	beforeEach(async () => {
		world = await openWorld();
	});
	afterEach(async () => await world.close());

	const parameters = { resource: 'sending', operation: 'checkDomain', sender: '={{ $json.from }}', service: 'gmail', selectors: '' };

	it('with a row a finding, the worst first, and what to put into DNS', async () => {
		const dns = await dnsServer({
			'shop.example MX': ['10 mail.shop.example'], 'mail.shop.example A': ['192.0.2.1'], 'shop.example TXT': ['v=spf1 mx ~all'],
			'_dmarc.shop.example TXT': ['v=DMARC1; p=none; rua=mailto:a@shop.example'],
		});

		const run = await new Desk({ type: 'journeyControl', node: new JourneyControl(), parameters: { ...parameters, selectors: 'google, mail', options: { dnsServers: dns.address } } }).run([{ from: 'Shop <news@shop.example>' }]);
		await dns.close();

		expect(errorOf(run)).toBeUndefined();
		const rows = outputOf(run, SUBJECT);
		expect(rows.map(({ json }) => [json.domain, json.check, json.status])).toEqual([
			['shop.example', 'SPF', 'fail'], ['shop.example', 'DKIM', 'fail'], ['shop.example', 'DKIM', 'fail'], ['shop.example', 'DMARC', 'warn'], ['shop.example', 'MX', 'pass'],
		]);
		expect(rows[0].json.record).toEqual({ type: 'TXT', name: 'shop.example', value: 'v=spf1 mx include:_spf.google.com ~all' });
		expect(rows.every(({ pairedItem }) => JSON.stringify(pairedItem) === '{"item":0}')).toBe(true);
	});

	it('and says what to enter where there is none', async () => {
		const run = (from: string) => new Desk({ type: 'journeyControl', node: new JourneyControl(), parameters }).run([{ from }]);

		expect(errorOf(await run(''))?.message).toBe('Say which domain to check');
		expect(errorOf(await run('the shop'))?.message).toMatch(/Enter the domain that mails come from/);
	});
});
