import { generateKeyPairSync } from 'node:crypto';

import { checkSenderDomain, SENDING_SERVICES, type DomainCheckRequest, type DomainFinding } from '../../../engine/channels';
import { dnsServer, type Zone } from './dns-server';

function published(modulusLength = 2048): string {
	return `v=DKIM1; k=rsa; p=${generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`;
}

const KEY = published();
/** A domain on which everything is in order, sending through Google. */
const GOOD: Zone = {
	'shop.example MX': ['20 two.shop.example', '10 one.shop.example'], 'one.shop.example A': ['192.0.2.1'],
	'shop.example TXT': ['google-site-verification=x', 'v=spf1 include:_spf.google.com ~all'], '_spf.google.com TXT': ['v=spf1 ip4:192.0.2.0/24 ~all'],
	'google._domainkey.shop.example TXT': [KEY],
	'_dmarc.shop.example TXT': ['v=DMARC1; p=reject; rua=mailto:dmarc@shop.example'],
};

async function check(zone: Zone, request: Partial<DomainCheckRequest> = {}) {
	const server = await dnsServer(zone);
	try {
		const report = await checkSenderDomain({ sender: 'news@shop.example', service: 'gmail', dnsServers: [server.address], timeoutMs: Object.values(zone).includes('silent') ? 300 : 10_000, ...request });
		return { ...report, asked: server.asked };
	} finally {
		await server.close();
	}
}

async function finding(about: DomainFinding['check'], change: Zone, request: Partial<DomainCheckRequest> = {}): Promise<DomainFinding | undefined> {
	return (await check({ ...GOOD, ...change }, request)).findings.find((one) => one.check === about);
}

describe('The check of a sender\'s domain', () => {
	it('passes where everything is in order, and shows what stands where', async () => {
		const { status, domain, findings } = await check(GOOD);

		expect([domain, status]).toEqual(['shop.example', 'pass']);
		expect(findings).toEqual([
			{ check: 'MX', status: 'pass', name: 'shop.example', found: '10 one.shop.example, 20 two.shop.example', message: 'The domain takes mail (2 servers)', fix: null, record: null },
			{ check: 'SPF', status: 'pass', name: 'shop.example', found: 'v=spf1 include:_spf.google.com ~all', message: 'SPF is in order (1 of 10 lookups used)', fix: null, record: null },
			{ check: 'DKIM', status: 'pass', name: 'google._domainkey.shop.example', found: KEY, message: 'DKIM is in order (selector google, rsa, 2048 bits)', fix: null, record: null },
			expect.objectContaining({ check: 'DMARC', status: 'pass', message: 'DMARC is in force (p=reject). A mail passes when its DKIM domain (d=) is shop.example or a domain of the same owner, or its return path is one of the same owner' }),
		]);
	});

	it.each(['shop.example', ' News@Shop.Example ', 'Shop <news@shop.example>', 'shop.example.'])('takes %j as the domain', async (sender) => {
		expect((await check(GOOD, { sender })).domain).toBe('shop.example');
	});

	it.each([{ sender: 'shop' }, { sender: '192.0.2.1' }, { sender: 'a b.example' }, { sender: '' }, { selectors: ['a b'] }, { dnsServers: ['dns.example'] }])('refuses %j, saying what to enter', async (request) => {
		await expect(check(GOOD, request)).rejects.toMatchObject({ code: 'BAD_INPUT' });
	});

	it('of a domain that does not exist fails with what to put there, and never passes', async () => {
		const { status, findings } = await check({}, { service: 'custom' });

		expect(status).toBe('fail');
		expect(findings.map((one) => [one.check, one.status, one.record])).toEqual([
			['MX', 'fail', null],
			['SPF', 'fail', { type: 'TXT', name: 'shop.example', value: 'v=spf1 mx ~all' }],
			['DKIM', 'warn', null],
			['DMARC', 'fail', { type: 'TXT', name: '_dmarc.shop.example', value: 'v=DMARC1; p=none; rua=mailto:dmarc@shop.example' }],
		]);
	});

	it.each(['silent', 'broken'] as const)('whose DNS server is %s warns at each point that nothing is known, and passes none', async (how) => {
		const zone: Zone = { 'shop.example MX': how, 'shop.example TXT': how, 'google._domainkey.shop.example TXT': how, '_dmarc.shop.example TXT': how };

		const { status, findings } = await check(zone);

		expect(status).toBe('warn');
		expect(findings).toHaveLength(4);
		for (const one of findings) expect(one).toMatchObject({ status: 'warn', message: expect.stringMatching(how === 'silent' ? /could not be looked up: no answer in time/ : /could not be looked up: the DNS server failed \(ESERVFAIL\)/) as string });
	});
});

describe('MX of a sender\'s domain', () => {
	it.each<[string, Zone, string, RegExp]>([
		['a null MX', { 'shop.example MX': ['0 .'] }, 'fail', /takes no mail \(null MX\)/],
		['a mail server that does not exist', { 'shop.example MX': ['10 gone.shop.example'] }, 'fail', /gone\.shop\.example of the domain does not exist/],
		['no MX but an address', { 'shop.example MX': [], 'shop.example A': ['192.0.2.1'] }, 'warn', /only an address/],
		['neither', { 'shop.example MX': [] }, 'fail', /neither an MX record nor an address/],
	])('%s', async (_title, zone, status, message) => {
		expect(await finding('MX', zone)).toMatchObject({ status, message: expect.stringMatching(message) as string, fix: expect.any(String) as string });
	});
});

describe('SPF of a sender\'s domain', () => {
	const txt = (...records: string[]): Zone => ({ 'shop.example TXT': records });
	const nested = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`s${n}.example TXT`, [`v=spf1 include:s${n + 1}.example ~all`]])) as Zone;

	it.each<[string, Zone, string, RegExp, string | null]>([
		['several records', txt('v=spf1 include:_spf.google.com ~all', 'v=spf1 mx -all'), 'fail', /2 SPF records/, null],
		['everybody allowed', txt('v=spf1 include:_spf.google.com +all'), 'fail', /whole world/, 'v=spf1 include:_spf.google.com ~all'],
		['everybody allowed by a bare all', txt('v=spf1 include:_spf.google.com all'), 'fail', /whole world/, 'v=spf1 include:_spf.google.com ~all'],
		['the service left out', txt('v=spf1 mx -all'), 'fail', /does not allow Gmail/, 'v=spf1 mx include:_spf.google.com -all'],
		['the service left out, without an end', txt('v=spf1 mx'), 'fail', /does not allow Gmail/, 'v=spf1 mx include:_spf.google.com'],
		['no end', txt('v=spf1 include:_spf.google.com'), 'warn', /no "all" at its end/, 'v=spf1 include:_spf.google.com ~all'],
		['a neutral end', txt('v=spf1 include:_spf.google.com ?all'), 'warn', /\?all/, 'v=spf1 include:_spf.google.com ~all'],
		['ptr', txt('v=spf1 include:_spf.google.com ptr ~all'), 'warn', /uses ptr/, null],
		['an include without a record', txt('v=spf1 include:_spf.google.com include:gone.example ~all'), 'fail', /includes gone\.example, which has none/, null],
		['an include of itself', txt('v=spf1 include:_spf.google.com include:shop.example ~all'), 'fail', /includes shop\.example/, null],
		['too many lookups, deep down', { ...txt('v=spf1 include:_spf.google.com include:s0.example ~all'), ...nested }, 'fail', /needs 1[1-4] DNS lookups; receivers stop at 10/, null],
		['names that do not exist', txt('v=spf1 include:_spf.google.com a:x1.example a:x2.example a:x3.example ~all'), 'warn', /3 names in the SPF record do not exist/, null],
		['an include that is not answered', { ...txt('v=spf1 include:_spf.google.com include:slow.example ~all'), 'slow.example TXT': 'silent' }, 'warn', /could not be followed to its end: no answer in time/, null],
		['none', txt('something else'), 'fail', /no SPF record/, 'v=spf1 include:_spf.google.com ~all'],
	])('%s', async (_title, zone, status, message, value) => {
		const spf = await finding('SPF', zone);

		expect(spf).toMatchObject({ status, message: expect.stringMatching(message) as string, fix: expect.any(String) as string });
		expect(spf?.record?.value ?? null).toBe(value);
	});

	it('takes ten lookups, and the service behind another include or a redirect', async () => {
		const deep = { ...txt('v=spf1 include:group.example a mx a:one.shop.example mx:shop.example exists:%{i}.x.example a a a -all'), 'group.example TXT': ['v=spf1 include:_spf.google.com -all'] };

		expect(await finding('SPF', deep)).toMatchObject({ status: 'pass', message: 'SPF is in order (10 of 10 lookups used)' });
		expect(await finding('SPF', { ...txt('v=spf1 redirect=_spf.google.com') })).toMatchObject({ status: 'pass' });
	});

	it('does not ask for an include of a service that has a return path of its own', async () => {
		expect(await finding('SPF', txt('v=spf1 mx ~all'), { service: 'sendgrid' })).toMatchObject({ status: 'pass', message: expect.stringContaining('SendGrid sends with a return path of its own') as string });
		expect(await finding('SPF', txt('x'), { service: 'sendgrid' })).toMatchObject({ status: 'warn', record: { value: 'v=spf1 include:sendgrid.net ~all' } });
	});
});

describe('DKIM of a sender\'s domain', () => {
	const at = (...records: string[]): Zone => ({ 'google._domainkey.shop.example TXT': records });

	it.each<[string, Zone, string, RegExp]>([
		['none at a selector that was given', { 'shop.example A': [], 'google._domainkey.shop.example TXT': [] }, 'fail', /no DKIM key for the selector google/],
		['a revoked one', at('v=DKIM1; p='), 'fail', /revoked/],
		['one that is cut', at(KEY.slice(0, 120)), 'fail', /cannot be read/],
		['a short one', at(published(512)), 'fail', /512 bits; receivers take none below 1024/],
		['one of 1024 bits', at(published(1024)), 'warn', /1024 bits/],
		['a test', at(`${KEY}; t=y:s`), 'warn', /only a test/],
		['two', at(KEY, published()), 'fail', /2 DKIM keys/],
		['one that is split with blanks', at(KEY.replace(/(.{60})/g, '$1 ').replace('v =', 'v=')), 'pass', /in order/],
		['an Ed25519 one', at(`v=DKIM1; k=ed25519; p=${Buffer.alloc(32, 7).toString('base64')}`), 'pass', /selector google, ed25519\)/],
	])('%s', async (_title, zone, status, message) => {
		expect(await finding('DKIM', zone, { selectors: ['google'] })).toMatchObject({ status, message: expect.stringMatching(message) as string });
	});

	it('is looked for at the usual names of the service, or of all, when no selector is given', async () => {
		const zone: Zone = { ...GOOD, 's2._domainkey.shop.example TXT': [KEY], 'google._domainkey.shop.example TXT': [] };

		expect((await check(zone, { service: 'sendgrid' })).asked.filter((name) => name.includes('_domainkey'))).toEqual(['s1._domainkey.shop.example TXT', 's2._domainkey.shop.example TXT']);
		expect(await finding('DKIM', zone, { service: undefined })).toMatchObject({ status: 'pass', name: 's2._domainkey.shop.example' });
		expect(await finding('DKIM', { ...zone, 's2._domainkey.shop.example TXT': [] }, { service: undefined })).toMatchObject({ status: 'warn', message: expect.stringMatching(/No DKIM key is at the usual names \(\d{2} were tried\)/) as string, fix: expect.stringContaining('after s= in its DKIM-Signature header') as string });
	});

	it('takes a selector as people copy it, and each of several on its own', async () => {
		const { findings } = await check(GOOD, { selectors: ['google._domainkey.shop.example', 'gone'] });

		expect(findings.filter((one) => one.check === 'DKIM').map((one) => [one.name, one.status])).toEqual([['google._domainkey.shop.example', 'pass'], ['gone._domainkey.shop.example', 'fail']]);
	});
});

describe('DMARC of a sender\'s domain', () => {
	const dmarc = (...records: string[]): Zone => ({ '_dmarc.shop.example TXT': records });

	it.each<[string, Zone, string, RegExp]>([
		['none', dmarc(), 'fail', /no DMARC record/],
		['a policy that only watches', dmarc('v=DMARC1; p=none; rua=mailto:a@shop.example'), 'warn', /only watches \(p=none\)/],
		['nobody who gets reports', dmarc('v=DMARC1;p=quarantine'), 'warn', /nobody gets its reports/],
		['no policy', dmarc('v=DMARC1; rua=mailto:a@shop.example'), 'fail', /no policy that there is/],
		['a policy that there is not', dmarc('v=DMARC1; p=block'), 'fail', /no policy that there is/],
		['two', dmarc('v=DMARC1; p=reject', 'v=DMARC1; p=none'), 'fail', /2 DMARC records/],
		['strict alignment', dmarc('v=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:a@shop.example'), 'pass', /\(d=\) is exactly shop\.example, or its return path is exactly shop\.example/],
	])('%s', async (_title, zone, status, message) => {
		expect(await finding('DMARC', zone)).toMatchObject({ status, message: expect.stringMatching(message) as string });
	});

	it('of a subdomain is its own, else what the domain above says of subdomains', async () => {
		const sender = 'news.shop.example';
		const above = dmarc('v=DMARC1; p=reject; sp=none; rua=mailto:a@shop.example');

		expect(await finding('DMARC', above, { sender })).toMatchObject({ status: 'warn', name: '_dmarc.shop.example', message: expect.stringContaining('(p=none) (from shop.example)') as string });
		expect(await finding('DMARC', { ...above, '_dmarc.news.shop.example TXT': ['v=DMARC1; p=reject; rua=mailto:a@shop.example'] }, { sender })).toMatchObject({ status: 'pass', name: '_dmarc.news.shop.example' });
	});
});

it('Every service proposes an include that there is the form of, and ids are unique', () => {
	expect(new Set(SENDING_SERVICES.map(({ id }) => id)).size).toBe(SENDING_SERVICES.length);
	for (const { spf } of SENDING_SERVICES) for (const name of spf) expect(name).toMatch(/^[a-z0-9_.-]+\.[a-z]+$/);
});
