import wellKnown from 'nodemailer/lib/well-known';

import { closeEmailProviders, emailProvider, SMTP_PRESETS, smtpPreset } from '../../../engine/channels';
import { email, smtpConfig, smtpServer } from './servers';

afterEach(closeEmailProviders);

describe('Providers', () => {
	it('are shared by equal configurations, whatever the order of their fields', () => {
		const config = { ...smtpConfig(2525), password: 'a' };
		const turned = Object.fromEntries(Object.entries(config).reverse()) as typeof config;

		expect(emailProvider(turned)).toBe(emailProvider(config));
		expect(emailProvider({ ...config, password: 'b' })).not.toBe(emailProvider(config));
	});

	it('are made anew after they were closed', async () => {
		const server = await smtpServer();
		const first = emailProvider(server.config);
		await first.send(email());

		await first.close();
		const outcome = await emailProvider(server.config).send(email());

		expect(outcome.kind).toBe('accepted');
		expect(emailProvider(server.config)).not.toBe(first);
		await closeEmailProviders();
		await server.close();
	});
});

describe('Presets of mail services', () => {
	it('have an id each and never send in the clear', () => {
		expect(new Set(SMTP_PRESETS.map((preset) => preset.id)).size).toBe(SMTP_PRESETS.length);
		expect(SMTP_PRESETS.filter((preset) => !preset.requireTls)).toEqual([]);
		expect(SMTP_PRESETS.filter((preset) => preset.secure !== (preset.port === 465))).toEqual([]);
	});

	it.each([
		['gmail', 'Gmail'], ['outlook', 'Outlook365'], ['sendgrid', 'SendGrid'], ['mailgun', 'Mailgun'], ['postmark', 'Postmark'], ['brevo', 'Brevo'], ['zoho', 'Zoho'],
		['yahoo', 'Yahoo'], ['icloud', 'iCloud'], ['fastmail', 'FastMail'], ['naver', 'Naver'], ['qq', 'QQ'], ['163', '163'],
	])('have the host that nodemailer\'s list has: %s', (id, service) => {
		expect(smtpPreset(id)?.host).toBe((wellKnown(service) as { host: string }).host);
	});

	it('are found by id', () => {
		expect(smtpPreset('gmail')).toMatchObject({ host: 'smtp.gmail.com', port: 587 });
		expect(smtpPreset('nobody')).toBeUndefined();
	});
});
