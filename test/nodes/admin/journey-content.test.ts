import { JourneyContent } from '../../../nodes/JourneyContent/JourneyContent.node';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import { openWorld } from './world';
import type { World } from './world';

let world: World;

beforeEach(async () => {
	world = await openWorld();
});
afterEach(async () => await world.close());

const done = async (operation: string, parameters: object = {}) => await new Desk({ type: 'journeyContent', node: new JourneyContent(), parameters: { resource: 'template', operation, ...parameters } }).run([{}]);
const run = async (operation: string, parameters: object = {}) => outputOf(await done(operation, parameters), SUBJECT).map(({ json }) => json);

describe('Journey Content: Template', () => {
	it('saves Liquid as it was written, in one language after the other, and gives it back', async () => {
		await run('save', { templateKey: 'welcome', channel: 'sms', message: 'Hello {{ profile.firstName }}', options: { language: 'en', name: 'Welcome' } });
		await run('save', { templateKey: 'welcome', channel: 'sms', message: 'Hallo {{ profile.firstName }}', options: { language: 'de' } });

		const [found] = await run('get', { template: 'welcome' });

		expect(found).toMatchObject({
			key: 'welcome', name: 'Welcome', channel: 'sms', state: 'draft', defaultLanguage: 'en', savedBy: expect.stringContaining('n8n workflow') as string,
			languages: { en: { text: 'Hello {{ profile.firstName }}' }, de: { text: 'Hallo {{ profile.firstName }}' } },
		});
		expect(await run('getMany')).toMatchObject([{ key: 'welcome', languages: ['de', 'en'] }]);
	});

	it('saves a draft with a mistake and says what keeps it from being published', async () => {
		const [saved] = await run('save', { templateKey: 'broken', channel: 'email', format: 'html', subject: 'Hi', html: '<p>\n{% if profile.vip %}</p>' });

		expect(saved).toMatchObject({ key: 'broken', problems: [{ language: 'en', field: 'body', line: 2, message: expect.stringContaining('not closed') as string }] });
	});

	it('refuses a key that no step could name, and another channel for a template that there is', async () => {
		await run('save', { templateKey: 'code', channel: 'sms', message: 'Your code' });

		expect(errorOf(await done('save', { templateKey: 'My Code!', channel: 'sms', message: 'x' }))?.message).toContain('small letters');
		expect(errorOf(await done('save', { templateKey: 'code', channel: 'email' }))?.message).toContain('of the channel sms');
	});
});
