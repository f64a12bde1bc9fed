import type { ImportPreset } from '../../../engine/transfer';
import { DATABASES } from '../databases';
import { imported, openEngine } from './fixture';

const lines = (...rows: string[]): string => `${rows.join('\r\n')}\r\n`;

const SHOPIFY_CUSTOMERS = lines(
	'Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags,Birthday (customer.metafields.facts.birth_date)',
	"'8001,Ada,Lovelace,Ada@Example.com,yes,Engines Ltd,1 Byron St,,London,ENG,GB,'02134,,'+441632960001,no,1204.50,3,,no,\"vip, horeca\",1815-12-10",
	"'8002,Bob,Babbage,,no,,,,,,,,,'+441632960002,no,0.00,0,Call first,yes,,",
);

const SHOPIFY_ORDERS = lines(
	'Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,Billing Country,Cancelled at,Refunded Amount,Vendor,Id,Tags,Phone',
	'#1001,ada@example.com,paid,2026-01-05 10:31:00 +0100,fulfilled,,yes,EUR,60.00,5.00,10.38,65.00,SUMMER,5.00,Standard,2026-01-05 10:30:00 +0100,1,Mug,20.00,MUG-1,Ada,GB,,0.00,Acme,551,web,',
	'#1001,ada@example.com,,,,,,,,,,,,,,,2,Cap,20.00,CAP-1,,,,,Acme,,,',
	'#1002,ada@example.com,refunded,2026-01-06 10:31:00 +0100,unfulfilled,,no,EUR,20.00,0.00,3.19,20.00,,0.00,Standard,2026-01-06 10:30:00 +0100,1,Mug,20.00,MUG-1,Ada,GB,2026-01-07 09:00:00 +0100,20.00,Acme,552,,',
	'#1003,bob@example.com,voided,,unfulfilled,,no,EUR,20.00,0.00,3.19,20.00,,0.00,,2026-01-06 10:30:00 +0100,1,Mug,20.00,MUG-1,Bob,GB,,0.00,Acme,553,,',
);

const WOOCOMMERCE_CUSTOMERS = lines(
	'Name,Username,Last Active,Sign Up,Email,Orders,Total Spend,AOV,Country / Region,City,Region,Postal Code,Billing Phone,Shipping Phone,Role',
	'Ada Lovelace,ada,2026-01-02 10:00:00,2025-01-02 10:00:00,ada@example.com,3,120.5,40.166667,GB,London,LND,02134,\'+441632960001,\'+441632960009,customer', '\'t Guest,,2026-01-02 10:00:00,,guest@example.com,1,10,10,DE,Berlin,BE,10115,,,',
);

const WOOCOMMERCE_ORDERS = lines(
	'order_id,order_number,order_date,paid_date,status,shipping_total,tax_total,discount_total,order_total,order_subtotal,order_currency,payment_method_title,shipping_method,customer_id,customer_email,billing_email,billing_phone,billing_country,coupon_items,line_item_1,line_item_2',
	'71,71,2026-01-05 10:30:00,,wc-completed,5,10,0,65,60,EUR,PayPal,Flat rate,12,ada@example.com,ada@example.com,+441632960001,GB,code:summer|amount:5.00,name:Mug|product_id:1|sku:m1|quantity:1|total:20.00,name:Cap|product_id:2|sku:|quantity:2|total:40.00',
	'72,72,1/6/2026  6:29:00,,cancelled,0,0,0,20,20,EUR,PayPal,,0,,bob@example.com,,GB,,name:Mug|product_id:1|sku:m1|quantity:1|total:20.00,', '73,73,2026-01-05 10:30:00,,failed,0,0,0,20,20,EUR,PayPal,,0,,bob@example.com,,GB,,,',
);

const MAILCHIMP_HEAD = 'Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION';
const MAILCHIMP_TAIL = 'LEID,EUID,NOTES,TAGS';
const MAILCHIMP = {
	subscribed: lines(`${MAILCHIMP_HEAD},LAST_CHANGED,${MAILCHIMP_TAIL}`, 'ada@example.com,Ada,Lovelace,4,2025-01-02 10:00:00,192.0.2.1,2025-01-02 10:01:00,192.0.2.1,51.5,-0.1,0,1,Europe/London,gb,ENG,2026-01-01 10:00:00,1,aa1,,"""VIP"",""Blog"""', 'old@example.com,Old,,2,,,2015-03-16 14:40:47,,,,,,,,,2015-03-16 14:40:47,2,aa2,,'),
	nonsubscribed: lines(`${MAILCHIMP_HEAD},LAST_CHANGED,${MAILCHIMP_TAIL}`, 'shop@example.com,Shopper,,2,,,,,,,,,,,,2026-01-01 10:00:00,3,aa3,,'),
	unsubscribed: lines(`${MAILCHIMP_HEAD},UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER,${MAILCHIMP_TAIL}`, 'gone@example.com,Gone,,2,2025-01-02 10:00:00,,2025-01-02 10:01:00,,,,,,,,,2026-01-01 10:00:00,News,9,NORMAL,,4,aa4,,'),
	cleaned: lines(`${MAILCHIMP_HEAD},CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID,${MAILCHIMP_TAIL}`, 'bounced@example.com,Bo,,2,2025-01-02 10:00:00,,2025-01-02 10:01:00,,,,,,,,,2026-01-01 10:00:00,News,9,5,aa5,,'),
};

const KLAVIYO = lines(
	'Email,Klaviyo ID,First Name,Last Name,Organization,Title,Phone Number,City,State / Region,Country,Zip Code,Email Marketing Consent,Email Marketing Consent Timestamp,SMS Marketing Consent,Email Suppressions,Historic Customer Lifetime Value,Profile Created On',
	'ada@example.com,01K1,Ada,Lovelace,Engines,Countess,+441632960001,London,ENG,GB,02134,SUBSCRIBED,2025-01-01 00:00:00,NEVER_SUBSCRIBED,[],120.50,2024-01-01 00:00:00', 'never@example.com,01K2,,,,,,,,,,NEVER_SUBSCRIBED,,,,,',
	'out@example.com,01K3,,,,,,,,,,UNSUBSCRIBED,2025-01-01 00:00:00,,"[""UNSUBSCRIBED""]",,', 'bad@example.com,01K4,,,,,,,,,,SUBSCRIBED,2025-01-01 00:00:00,,"[""HARD_BOUNCE""]",,',
);
const KLAVIYO_SUPPRESSIONS = lines('Email,Reason,Timestamp', 'spam@example.com,SPAM_COMPLAINT,2025-01-01', 'left@example.com,UNSUBSCRIBED,2025-01-01', 'hard@example.com,HARD_BOUNCE,2025-01-01', 'user@example.com,USER_SUPPRESSED,2025-01-01');

const MAUTIC = lines(
	'id,title,firstname,lastname,company,position,email,mobile,phone,points,city,state,zipcode,country,preferred_locale,timezone,last_active,stage,tags,doNotEmail',
	'5,,Ada,Lovelace,Engines,,ada@example.com,+441632960001,,12,London,,02134,United Kingdom,en_GB,Europe/London,2026-01-01 10:00:00,Lead,vip|blog,0', '6,,Bob,,,,bob@example.com,,,0,,,,,,,,,,1',
);
const MAUTIC_DNC = lines('Contact ID,Email,First Name,DNC reason,Channel', '7,gone@example.com,Gone,Unsubscribed,email', '8,bounced@example.com,Bo,Bounced,email', '9,manual@example.com,Ma,Manual,email', '10,sms@example.com,Sm,Unsubscribed,sms', '12,app@example.com,\'t Hooft,Unsubscribed,"<a href=""/s/notifications/view/3"">Web Notification</a>"');

describe.each(DATABASES)('the export of another system, imported on %s', (kind) => {
	async function open() {
		const { engine, close } = await openEngine(kind);
		await engine.settings.set({ storeIps: true });
		return {
			engine, close,
			proofs: async (email: string) => (await engine.consent.get({ kind: 'email', value: email }))?.consents.map(({ channel, givenAt, ip }) => `${channel} ${givenAt} ${ip}`),
			run: (preset: ImportPreset, file: string) => imported(engine.transfer, file, { preset, source: '' }, 97),
			get: (email: string) => engine.profiles.get({ kind: 'email', value: email }),
			consents: async (email: string) => (await engine.profiles.get({ kind: 'email', value: email }))?.consents.map(({ channel, state }) => `${channel} ${state}`),
			suppressed: async (...emails: string[]) => await engine.suppression.check(emails.map((address) => ({ channel: 'email', address }))),
		};
	}

	it('Shopify: customers with consent, numbers and postcodes as they are, and their orders once each', async () => {
		const { run, get, consents, engine, close } = await open();

		const customers = await run('shopify-customers', SHOPIFY_CUSTOMERS);
		const orders = await run('shopify-orders', SHOPIFY_ORDERS);
		const again = await run('shopify-orders', SHOPIFY_ORDERS);

		expect(customers).toMatchObject({ created: 2, rejectedCount: 0, consents: 4 });
		const ada = await get('ada@example.com');
		expect(ada).toMatchObject({
			attributes: { firstName: 'Ada', lastName: 'Lovelace', company: 'Engines Ltd', country: 'GB', region: 'ENG', postalCode: '02134', phone: '+441632960001', totalSpent: 1204.5, totalOrders: 3, tags: ['vip', 'horeca'], taxExempt: false },
		});
		expect(ada?.identities).toEqual(expect.arrayContaining([{ kind: 'shopify_customer', value: '8001' }, { kind: 'phone', value: '+441632960001' }]));
		expect(await consents('ada@example.com')).toEqual(['email subscribed', 'sms unsubscribed']);
		expect((await engine.profiles.get({ kind: 'shopify_customer', value: '8002' }))?.attributes).toMatchObject({ firstName: 'Bob', note: 'Call first' });
		expect(orders).toMatchObject({ rows: 3, events: 3, skipped: 1, created: 0, updated: 1, rejectedCount: 0 });
		expect((await get('ada@example.com'))?.events).toMatchObject([
			{ name: 'Order Cancelled', at: '2026-01-07T08:00:00.000Z', properties: { order_id: '#1002' } }, { name: 'Order Completed', properties: { order_id: '#1002', refunded: 20, payment_status: 'refunded' } },
			{ name: 'Order Completed', at: '2026-01-05T09:30:00.000Z', properties: { order_id: '#1001', total: 65, currency: 'EUR', coupon: 'SUMMER', products: [{ name: 'Mug', quantity: 1, price: 20, sku: 'MUG-1' }, { name: 'Cap', quantity: 2 }] } },
		]);
		expect(again).toMatchObject({ events: 0, duplicates: 3 });
		await close();
	});

	it('WooCommerce: customers of Analytics, guests too, and orders of an export suite', async () => {
		const { run, get, engine, close } = await open();

		const customers = await run('woocommerce-customers', WOOCOMMERCE_CUSTOMERS);
		const orders = await run('woocommerce-orders', WOOCOMMERCE_ORDERS);

		expect(customers).toMatchObject({ created: 2, rejectedCount: 0, consents: 0 });
		expect((await get('ada@example.com'))?.attributes).toMatchObject({ name: 'Ada Lovelace', totalOrders: 3, totalSpent: 120.5, postalCode: '02134', country: 'GB', phone: '+441632960001', shippingPhone: '+441632960009', role: 'customer' });
		expect((await get('guest@example.com'))?.attributes.name).toBe("'t Guest");
		expect(orders).toMatchObject({ rows: 3, events: 3, skipped: 1, rejectedCount: 0 });
		expect(await engine.profiles.get({ kind: 'woocommerce_customer', value: '12' })).toMatchObject({ events: [{ name: 'Order Completed', properties: { total: 65, coupon: 'summer', products: [{ name: 'Mug', sku: 'm1', price: 20 }, { name: 'Cap', quantity: 2, price: 20 }] } }] });
		expect((await get('bob@example.com'))?.events.map(({ name, at }) => [name, at])).toEqual([['Order Cancelled', '2026-01-06T06:29:00.000Z'], ['Order Completed', '2026-01-06T06:29:00.000Z']]);
		await expect(run('woocommerce-orders', 'Date,Order #,Status,Customer\n2026-01-01,1,completed,Ada\n')).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('billing_email') as string });
		await close();
	});

	it('Mailchimp: subscribed, unsubscribed and cleaned as they were there; who never signed up gets nothing', async () => {
		const { run, get, consents, proofs, suppressed, close } = await open();

		for (const file of [MAILCHIMP.cleaned, MAILCHIMP.unsubscribed, MAILCHIMP.nonsubscribed, MAILCHIMP.subscribed]) expect(await run('mailchimp', file)).toMatchObject({ rejectedCount: 0 });

		expect((await get('ada@example.com'))?.attributes).toMatchObject({ firstName: 'Ada', tags: ['VIP', 'Blog'], timezone: 'Europe/London', country: 'GB', memberRating: 4 });
		expect(await Promise.all(['ada', 'old', 'shop', 'gone', 'bounced'].map((name) => consents(`${name}@example.com`)))).toEqual([['email subscribed'], ['email subscribed'], ['email pending'], ['email unsubscribed'], []]);
		expect(await Promise.all(['ada', 'old', 'shop', 'gone'].map((name) => proofs(`${name}@example.com`)))).toEqual([
			['email 2025-01-02T10:01:00.000Z 192.0.2.1'], ['email 2015-03-16T14:40:47.000Z null'], ['email null null'], ['email 2026-01-01T10:00:00.000Z null'],
		]);
		expect(await suppressed('bounced@example.com', 'gone@example.com')).toEqual(['hard-bounce', null]);
		await close();
	});

	it('Klaviyo: consent by channel, suppressions with their reason, never subscribed as pending', async () => {
		const { run, get, consents, proofs, suppressed, close } = await open();

		expect(await run('klaviyo', KLAVIYO)).toMatchObject({ created: 4, rejectedCount: 0, suppressed: 1 });
		expect(await run('klaviyo-suppressions', KLAVIYO_SUPPRESSIONS)).toMatchObject({ created: 4, suppressed: 3, consents: 1 });

		expect((await get('ada@example.com'))?.attributes).toMatchObject({ company: 'Engines', totalSpent: 120.5, postalCode: '02134' });
		expect(await Promise.all(['ada', 'never', 'out', 'left'].map((name) => consents(`${name}@example.com`)))).toEqual([['email subscribed', 'sms pending'], ['email pending'], ['email unsubscribed'], ['email unsubscribed']]);
		expect(await Promise.all(['ada', 'out', 'left'].map((name) => proofs(`${name}@example.com`)))).toEqual([['email 2025-01-01T00:00:00.000Z null', 'sms null null'], ['email 2025-01-01T00:00:00.000Z null'], ['email 2025-01-01T00:00:00.000Z null']]);
		expect(await suppressed('bad@example.com', 'out@example.com', 'spam@example.com', 'hard@example.com', 'user@example.com', 'left@example.com')).toEqual(['hard-bounce', null, 'complaint', 'hard-bounce', 'manual', null]);
		await close();
	});

	it('Mautic: whatever else says that somebody must not be contacted is an opt-out, not nothing', async () => {
		const world = await open();

		await world.run('mautic', lines('email,firstname,doNotContact', 'a@x.org,Ann,1', 'b@x.org,Ben,0', 'c@x.org,Cat,yes', 'd@x.org,Dan,"{""1"":{""channel"":""sms"",""reason"":1}}"', 'e@x.org,Eve,[]', 'f@x.org,Fay,'));

		const consents = await Promise.all([...'abcdef'].map((name) => world.consents(`${name}@x.org`)));
		expect(consents).toEqual([['email unsubscribed'], [], ['email unsubscribed'], ['sms unsubscribed'], [], []]);
		await world.close();
	});

	it('Mautic: the date of an opt-out is its proof, as the report writes it and as its API does; what is no date is left out', async () => {
		const world = await open();

		await world.run('mautic', lines('Contact ID,Email,DNC Reason,DNC Channel,DNC Date,DNC Comment', '7,a@x.org,DNC Unsubscribed,Email,"October 4, 2024 5:54 pm",bye', '8,b@x.org,DNC Unsubscribed,Email,2024-10-04 12:05:06,', '9,c@x.org,DNC Unsubscribed,Email,04.10.2024,', '10,d@x.org,DNC Unsubscribed,Email,"March 31, 2024 12:01 am",'));
		await world.run('mautic', JSON.stringify({ id: 11, points: 3, fields: { all: { id: 11, email: 'e@x.org' } }, doNotContact: [{ id: 1, reason: 1, channel: 'email', dateAdded: '2024-10-04T12:05:06+02:00' }] }));

		expect((await Promise.all([...'abcde'].map((name) => world.proofs(`${name}@x.org`)))).flat()).toEqual([
			'email 2024-10-04T17:54:00.000Z null', 'email 2024-10-04T12:05:06.000Z null', 'email null null', 'email 2024-03-31T00:01:00.000Z null', 'email 2024-10-04T10:05:06.000Z null',
		]);
		expect((await world.get('a@x.org'))?.attributes).toEqual({ email: 'a@x.org' });
		await world.close();
	});

	it('WooCommerce: amounts with a comma before the decimals are what they say', async () => {
		const world = await open();

		await world.run('woocommerce-customers', lines('Name,Email,Total Spend,AOV', 'Ann,a@x.org,"1.234,50","1,234.50"', 'Ben,b@x.org,1.234.567,"1.234,5"'));

		const spent = await Promise.all(['a', 'b'].map(async (name) => (await world.get(`${name}@x.org`))?.attributes));
		expect(spent.map((one) => [one?.totalSpent, one?.averageOrderValue])).toEqual([[1234.5, 1234.5], [1_234_567, 1234.5]]);
		await world.close();
	});

	it('Mautic: contacts, the report of who must not be contacted, and contacts of its API', async () => {
		const { run, get, consents, suppressed, close } = await open();

		expect(await run('mautic', MAUTIC)).toMatchObject({ created: 2, rejectedCount: 0 });
		expect(await run('mautic', MAUTIC_DNC)).toMatchObject({ created: 5, rejectedCount: 0, suppressed: 2 });
		const api = { id: 11, points: 3, tags: [{ tag: 'x' }], fields: { all: { id: 11, firstname: 'Api', email: 'api@example.com', custom: 'kept' } }, doNotContact: [{ id: 1, reason: 1, channel: 'email' }] };
		expect(await run('mautic', JSON.stringify(api))).toMatchObject({ created: 1, rejectedCount: 0 });

		expect((await get('ada@example.com'))?.attributes).toMatchObject({ firstName: 'Ada', phone: '+441632960001', language: 'en_GB', tags: ['vip', 'blog'], postalCode: '02134' });
		expect((await get('api@example.com'))?.attributes).toMatchObject({ firstName: 'Api', custom: 'kept', points: 3, tags: ['x'] });
		expect(await Promise.all(['ada', 'bob', 'gone', 'sms', 'app', 'api'].map((name) => consents(`${name}@example.com`)))).toEqual([[], ['email unsubscribed'], ['email unsubscribed'], ['sms unsubscribed'], ['push unsubscribed'], ['email unsubscribed']]);
		expect(await suppressed('bounced@example.com', 'manual@example.com')).toEqual(['hard-bounce', 'manual']);
		await close();
	});

	it.each<[ImportPreset]>([['shopify-customers'], ['shopify-orders'], ['woocommerce-customers'], ['mailchimp'], ['klaviyo']])('says so when a file is not that of %s', async (preset) => {
		const { run, engine, close } = await open();

		await expect(run(preset, 'Kunde,Mail\nA,a@x.org\n')).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('not those of such a file') as string });

		expect(await engine.profiles.count()).toBe(0);
		await close();
	});
});
