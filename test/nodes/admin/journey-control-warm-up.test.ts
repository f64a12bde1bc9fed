import { JourneyControl } from '../../../nodes/JourneyControl/JourneyControl.node';
import { JourneyEmail } from '../../../nodes/JourneyEmail/JourneyEmail.node';
import { createWorld, PREFIX } from '../harness/journey';
import { outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import { openInbox } from './inbox';

it('Get Status says by a hint that a sender\'s warm-up has no room left today, and nothing while it has', async () => {
	const world = await createWorld({ [`${PREFIX}journeyEmail`]: new JourneyEmail() });
	const inbox = await openInbox();
	await world.engine.settings.set({ warmUps: [{ sender: 'shop.example', from: '2020-01-01', first: 1, growth: 1, final: 1 }], quietHours: null });
	await world.engine.collector.configure({ writeKeys: { k: 'site' }, publicUrl: 'https://n8n.example/webhook/j', port: null, workflow: 'collector' });
	const hints = async () => (await new Desk({ type: 'journeyControl', node: new JourneyControl(), parameters: { resource: 'journey', operation: 'status' } }).run([{}])).data.resultData.runData[SUBJECT]?.[0]?.hints?.map(({ message }) => message) ?? [];
	const email = new Desk({
		type: 'journeyEmail', node: new JourneyEmail(), credentials: { journeySmtpApi: inbox.credential },
		parameters: { purpose: 'marketing', contactEmail: '={{ $json.email }}', contentSource: 'text', subject: 'News', text: 'News {{ links.unsubscribeUrl }}' },
	});

	const before = await hints();
	const run = await email.run([{ email: 'ann@example.com' }, { email: 'ben@example.com' }]);
	const after = await hints();
	await world.close();
	await inbox.close();

	expect(outputOf(run, SUBJECT, 1).map(({ json }) => json.mail)).toMatchObject([{ status: 'skipped', reason: expect.stringMatching(/^warm-up: shop\.example has sent its 1 marketing mails of .*only in a journey can a message wait$/) as string }]);
	expect(before).toEqual([]);
	expect(after).toEqual([expect.stringMatching(/^Warm-up of shop\.example: 1 of 1 marketing mails of today have been sent; 0 wait until/)]);
});
