import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Browser, Locator, Page } from 'playwright-core';

import { importWorkflow } from '../../demo/n8n-rest.mjs';
import { Complaints, launchChromium, newContext, screenshot } from './browser';
import { Editor } from './editor';
import { Stand } from './stand';

/** Journeys to import, choose a credential in, and publish. */
const READY = join(__dirname, '..', '..', 'workflows', 'journeys');

/** Every node of the pack, and parameters its panel must show, by the name of its file. */
const PANELS: Record<string, string[]> = {
	JourneyAlertTrigger: ['kinds', 'journeys', 'resolved'],
	JourneyAnyChannel: ['channel', 'service', 'purpose', 'topic', 'address', 'manualOutput'],
	JourneyBestChannel: ['channel', 'fallback', 'secondFallback', 'order', 'purpose', 'topic', 'waitForDelivery'],
	JourneyBranch: ['rules'],
	JourneyChat: ['provider', 'purpose', 'topic', 'contentSource', 'format', 'text', 'imageUrl', 'buttons', 'testRecipient'],
	JourneyCollectorTrigger: ['pathPrefix', 'publicUrl', 'port', 'reportsFrom'],
	JourneyContent: ['resource', 'operation', 'templateKey', 'channel'],
	JourneyControl: ['resource', 'operation', 'scope', 'output'],
	JourneyDirectMail: ['purpose', 'topic', 'contentSource', 'piece', 'frontSource', 'frontHtml', 'backSource', 'mergeVariables', 'toName', 'toLine1', 'toCountry', 'fromId', 'identityValue'],
	JourneyEmail: ['provider', 'purpose', 'topic', 'fromAddress', 'contentSource', 'subject', 'preheader', 'mjml', 'testRecipient'],
	JourneyExit: ['reason'],
	JourneyGoal: ['goal', 'value', 'currency'],
	JourneyJoin: ['continueWhen', 'timeout', 'timeoutUnit', 'manualOutput'],
	JourneyOnSite: ['kind', 'corner', 'purpose', 'topic', 'content', 'headline', 'text', 'imageUrl', 'buttons', 'trigger', 'priority', 'mostShows', 'gapHours', 'expiresAfterHours'],
	JourneyPush: ['provider', 'purpose', 'topic', 'contentSource', 'title', 'message', 'image', 'link', 'data', 'contactUserId', 'testDevice'],
	JourneySms: ['provider', 'purpose', 'topic', 'sender', 'from', 'countrySenders', 'contentSource', 'text', 'testRecipient'],
	JourneySplit: ['mode', 'paths', 'unit'],
	JourneyThrottle: ['people', 'per'],
	JourneyTrigger: ['entry', 'event', 'eventKey', 'audience', 'reEntry', 'exitOnEvent', 'exits', 'goals', 'fields', 'carryEvent', 'actAs'],
	JourneyWait: ['wait', 'amount', 'unit', 'ifLate'],
	JourneyWaitForEvent: ['waitFor', 'event', 'timeout', 'timeoutUnit', 'manualOutput'],
	JourneyWebPush: ['purpose', 'topic', 'contentSource', 'title', 'message', 'link', 'icon', 'image', 'buttons', 'contactUserId'],
	JourneyWhatsApp: ['provider', 'purpose', 'topic', 'sender', 'from', 'contentSource', 'template', 'language', 'templateType', 'headerType', 'parameters', 'buttons', 'testRecipient'],
	LeadScore: ['model', 'buckets'],
	ProfileEngine: ['resource', 'operation', 'identifyBy', 'identityValue'],
	SegmentFilter: ['by', 'combineGroups'],
};

/** What the panels say of the settings of the stand, which has no caps and no quiet hours. */
const IN_FORCE: Record<string, string[]> = {
	JourneyAnyChannel: ['No frequency cap', 'No quiet hours', 'Held for at most 36 hours in all, then skipped'],
	JourneyCollectorTrigger: ['Pages of any origin may send', 'Events are kept for ever'],
	JourneyEmail: ['No frequency cap', 'No quiet hours', 'Links lead to http'],
	JourneyTrigger: ['Nobody is held out of all journeys', 'Alerts above: complaints 0.3%, bounces 5%', 'Zone of people whose own is not known: UTC'],
	JourneyWait: ['Zone of people whose own is not known: UTC'],
};

const ALL_NODES = {
	id: 'e2e-all-nodes',
	name: 'One of each node',
	connections: {},
	nodes: Object.keys(PANELS).map((name, index) => ({
		id: `0b0c5a80-7ad5-4d0f-9a43-0e2e000001${String(index).padStart(2, '0')}`,
		name,
		type: `n8n-nodes-journeys.${name.charAt(0).toLowerCase()}${name.slice(1)}`,
		typeVersion: 1,
		position: [(index % 5) * 260, Math.floor(index / 5) * 260],
		// Lists of names are chosen from: the text mode would show no dropdown.
		parameters: name === 'JourneyWaitForEvent' ? { event: { __rl: true, mode: 'list', value: '' } } : {},
	})),
};

/** Each resource of Profile Engine with the operation it opens with, what its panel must show, and what stands below it on the canvas. */
const RESOURCES: Record<string, [parameters: string[], subtitle: string]> = {
	auditLog: [['returnAll', 'limit'], 'Get many audit log entries'],
	consent: [['identifyBy', 'channel', 'topic', 'state'], 'Set consent of a person'],
	event: [['identifyBy', 'event', 'propertiesFrom', 'startJourneys'], 'Track an event'],
	group: [['groupKey', 'attributesFrom', 'attributeOperations'], 'Create or update a group'],
	list: [['list', 'identifyBy', 'startJourneys'], 'Add people to a list'],
	profile: [['identifyBy', 'attributesFrom', 'attributeOperations'], 'Create or update a profile'],
	scoreModel: [['modelName', 'rules', 'buckets', 'grades'], 'Create or update a score model'],
	segment: [['segmentName', 'combineGroups', 'rule'], 'Create or update a segment'],
	settings: [[], 'Get the settings'],
	stage: [['identifyBy', 'stage', 'whenRefused'], 'Set the stage of people'],
	suppression: [['channel', 'address', 'reason'], 'Add a suppressed address'],
};

const ALL_RESOURCES = {
	id: 'e2e-all-resources',
	name: 'One of each resource, and a tool',
	connections: {},
	nodes: [...Object.keys(RESOURCES), 'tool'].map((resource, index) => ({
		id: `0b0c5a80-7ad5-4d0f-9a43-0e2e000002${String(index).padStart(2, '0')}`,
		name: resource,
		type: `n8n-nodes-journeys.profileEngine${resource === 'tool' ? 'Tool' : ''}`,
		typeVersion: 1,
		position: [(index % 4) * 260, Math.floor(index / 4) * 260],
		parameters: resource === 'tool' ? { resource: 'profile', operation: 'erase' } : { resource },
	})),
};

/** Operations of Journey Control, with what their panels must show and what stands below them on the canvas. */
const OPERATIONS: Record<string, [settings: object, parameters: string[], subtitle: string]> = {
	broadcasts: [{ resource: 'journey', operation: 'broadcasts' }, ['scope', 'returnAll', 'limit'], 'Get broadcasts of journeys'],
	check: [{ resource: 'journey', operation: 'check' }, ['workflowFrom'], 'Check a journey'],
	estimate: [{ resource: 'journey', operation: 'estimateSms' }, ['workflowFrom', 'smsStep', 'estimateAudience', 'prices', 'estimateCurrency', 'lookAtMost', 'estimateOutput'], 'Estimate the text messages of a journey'],
	explain: [{ resource: 'journey', operation: 'explain', scope: 'this', identifyBy: 'email', identityValue: 'ada@example.com' }, ['scope', 'journeyTrigger', 'identifyBy', 'identityValue', 'step', 'messageId'], 'Explain a person in a journey'],
	move: [{ resource: 'journey', operation: 'move' }, ['scope', 'whom', 'profileIds', 'step', 'toStep', 'thereThey'], 'Move people to another step'],
	exit: [{ resource: 'journey', operation: 'exit', whom: 'everybody' }, ['scope', 'whom', 'step', 'reason'], 'Take people out of a journey'],
	start: [{ resource: 'test', operation: 'start' }, ['scope', 'journeyTrigger', 'identifyBy', 'eventProperties'], 'Start a test of a journey'],
	timeline: [{ resource: 'test', operation: 'timeline' }, ['scope', 'journeyTrigger', 'timelineProfiles'], 'Get the timeline of a test'],
	bundle: [{ resource: 'bundle', operation: 'import' }, ['bundle', 'dryRun', 'existing'], 'Import a bundle'],
};

const ALL_OPERATIONS = {
	id: 'e2e-all-operations',
	name: 'Operations of Journey Control',
	connections: {},
	nodes: Object.entries(OPERATIONS).map(([name, [parameters]], index) => ({
		id: `0b0c5a80-7ad5-4d0f-9a43-0e2e000003${String(index).padStart(2, '0')}`,
		name,
		type: 'n8n-nodes-journeys.journeyControl',
		typeVersion: 1,
		position: [(index % 4) * 260, Math.floor(index / 4) * 260],
		parameters,
	})),
};

describe('The editor', () => {
	let stand: Stand;
	let browser: Browser;
	let page: Page;
	let editor: Editor;
	let complaints: Complaints;

	beforeAll(async () => {
		[stand, browser] = await Promise.all([Stand.up(), launchChromium()]);
		await stand.importPeople(5, 31);
		await stand.send('track', { userId: 'somebody-else', event: 'Seen by the Dropdown', properties: {} });
		await importWorkflow(stand.session, ALL_NODES, { publish: false });
		await importWorkflow(stand.session, ALL_RESOURCES, { publish: false });
		await importWorkflow(stand.session, ALL_OPERATIONS, { publish: false });
		page = await (await newContext(browser)).newPage();
		editor = new Editor(page, stand);
		complaints = new Complaints(page);
		await editor.signIn();
	});

	afterAll(async () => {
		await browser?.close();
		await stand?.down();
	});

	afterEach(() => {
		expect(complaints.take()).toEqual([]);
	});

	test('the pack has a panel for each of its nodes to look at here', () => {
		const manifest = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')) as { n8n: { nodes: string[] } };

		expect(manifest.n8n.nodes.map((file) => file.split('/')[2]).sort()).toEqual(Object.keys(PANELS));
	});

	test.each(['welcome-series', 'abandoned-cart', 'collector', 'import-contacts'])('draws the canvas of %s', async (name) => {
		const { id, content } = stand.workflow(name);
		const drawn = content.nodes.filter(({ type }) => type !== 'n8n-nodes-base.stickyNote');

		await editor.openCanvas(id, drawn.length);

		await screenshot(page, `canvas-${name}`);
		const shown = await page.getByTestId('canvas-node').evaluateAll((nodes) => nodes.map((node) => node.getAttribute('data-node-name')));
		expect(shown.filter((each) => drawn.some((node) => node.name === each)).sort()).toEqual(drawn.map((node) => node.name).sort());
		await expectIcons();
	});

	test.each(readdirSync(READY).map((file) => file.replace(/\.json$/, '')))('draws the canvas of %s, as it is imported', async (name) => {
		const content = JSON.parse(readFileSync(join(READY, `${name}.json`), 'utf8')) as { id: string; nodes: Array<{ name: string; type: string }> };
		await importWorkflow(stand.session, content, { publish: false });
		const drawn = content.nodes.filter(({ type }) => type !== 'n8n-nodes-base.stickyNote');

		await editor.openCanvas(content.id, drawn.length);

		await screenshot(page, `canvas-${name}`);
		const shown = await page.getByTestId('canvas-node').evaluateAll((nodes) => nodes.map((node) => node.getAttribute('data-node-name')));
		expect(shown.filter((each) => drawn.some((node) => node.name === each)).sort()).toEqual(drawn.map((node) => node.name).sort());
		await expectIcons();
	});

	test('opens the panel of every node with its parameters', async () => {
		await editor.openCanvas(ALL_NODES.id, ALL_NODES.nodes.length);
		await screenshot(page, 'canvas-all-nodes');

		for (const [node, parameters] of Object.entries(PANELS)) {
			const panel = await editor.openPanel(node);
			for (const parameter of parameters) await shownIn(panel, parameter);
			await screenshot(page, `panel-${node}`);
			await editor.closePanel();
		}
		await expectIcons();
	});

	test('opens the panel of each resource of Profile Engine, and says on the canvas what it does', async () => {
		await editor.openCanvas(ALL_RESOURCES.id, ALL_RESOURCES.nodes.length);
		await screenshot(page, 'canvas-all-resources');

		for (const [resource, [parameters, subtitle]] of Object.entries(RESOURCES)) {
			expect(await page.locator(`[data-test-id=canvas-node][data-node-name="${resource}"]`).innerText()).toContain(subtitle);
			const panel = await editor.openPanel(resource);
			for (const parameter of parameters) await shownIn(panel, parameter);
			await screenshot(page, `resource-${resource}`);
			await editor.closePanel();
		}
	});

	test('opens the panel of operations of Journey Control, and says on the canvas what they do', async () => {
		await editor.openCanvas(ALL_OPERATIONS.id, ALL_OPERATIONS.nodes.length);
		await screenshot(page, 'canvas-all-operations');

		for (const [operation, [, parameters, subtitle]] of Object.entries(OPERATIONS)) {
			expect(await page.locator(`[data-test-id=canvas-node][data-node-name="${operation}"]`).innerText()).toContain(subtitle);
			const panel = await editor.openPanel(operation);
			for (const parameter of parameters) await shownIn(panel, parameter);
			await screenshot(page, `control-${operation}`);
			if (operation === 'explain') await expectChosen(panel, { journeyTrigger: 'Not Chosen', step: 'All Steps' });
			await editor.closePanel();
		}
	});

	test("warns in an agent's tool of what cannot be taken back, and nowhere else", async () => {
		await editor.openCanvas(ALL_RESOURCES.id, ALL_RESOURCES.nodes.length);

		const tool = await editor.openPanel('tool');
		await tool.getByTestId('parameter-input-agentMayDoThis').waitFor();
		await tool.getByText('let a person review each call').waitFor();
		await screenshot(page, 'tool-erase');
		await editor.closePanel();

		const plain = await editor.openPanel('settings');
		expect(await plain.getByTestId('parameter-input-agentMayDoThis').count()).toBe(0);
	});

	test.each(Object.entries(IN_FORCE))('the panel of %s shows the settings that hold there as they are now, and lets nobody change them', async (node, words) => {
		await editor.openCanvas(ALL_NODES.id, ALL_NODES.nodes.length);
		const panel = await editor.openPanel(node);
		const field = panel.getByTestId('parameter-input-settingsInForce');
		await field.scrollIntoViewIfNeeded();

		for (const one of words) await field.getByText(one).first().waitFor();

		await screenshot(page, `settings-of-${node}`);
		expect(await field.locator('input').first().isDisabled()).toBe(true);
	});

	test.each(['JourneyTrigger', 'JourneyWaitForEvent'])('%s lists the events that the engine has seen, without any credential', async (node) => {
		await editor.openCanvas(ALL_NODES.id, ALL_NODES.nodes.length);
		const panel = await editor.openPanel(node);

		const events = await editor.listed(panel, 'event');

		await screenshot(page, `events-of-${node}`);
		expect(events).toEqual(expect.arrayContaining(['Email Opened', 'Email Link Clicked', 'Seen by the Dropdown']));
	});

	test('Journey Control lists the journeys', async () => {
		await editor.openCanvas(ALL_NODES.id, ALL_NODES.nodes.length);
		const panel = await editor.openPanel('JourneyControl');
		await editor.choose(panel, 'scope', 'Choose From List');

		const journeys = await editor.options(panel, 'journey');

		await screenshot(page, 'journeys-of-JourneyControl');
		expect(journeys.join(' | ')).toMatch(/Abandoned Cart.*Welcome Series/s);
	});

	test('Execute Workflow shows the rendered mail, and stores and mails nothing', async () => {
		const before = stand.database.rowCounts();
		const { id, content } = stand.workflow('welcome-series');
		await editor.openCanvas(id, content.nodes.filter(({ type }) => type !== 'n8n-nodes-base.stickyNote').length);

		await editor.execute();

		await screenshot(page, 'executed-welcome-series');
		const panel = await editor.openPanel('Welcome Mail');
		const output = panel.getByTestId('output-panel');
		await output.getByText('Manual run: no mail was sent').waitFor();
		await screenshot(page, 'executed-welcome-mail');
		await output.getByTestId('radio-button-table').click();
		await output.getByRole('columnheader').filter({ has: page.getByText('mail', { exact: true }) }).waitFor();
		const shown = await output.innerText();
		expect(shown).toMatch(/rendered/);
		expect(shown).toMatch(/Welcome, \S+/);
		expect(shown).toMatch(/<!doctype html>/);
		// As the newest test person, by the output chosen for manual runs ("Continued").
		expect(await succeeded()).toEqual(expect.arrayContaining(['Signed Up', 'Welcome Mail', 'Click on the Welcome?', 'Remember the Interest', 'Paying Plan?', 'First Order?', 'First Order']));
		expect(stand.database.rowCounts()).toEqual(before);
		expect(await stand.inbox.mails()).toEqual([]);
	});

	/** n8n shows a field in red, and nothing in it, whose empty value its list has not. */
	async function expectChosen(panel: Locator, chosen: Record<string, string>): Promise<void> {
		for (const [parameter, name] of Object.entries(chosen)) {
			await stand.until(`"${name}" stands in ${parameter}`, async () => (await panel.getByTestId(`parameter-input-${parameter}`).locator('input').first().inputValue()) === name);
		}
	}

	/** A field, or a list of entries, which n8n marks otherwise. */
	async function shownIn(panel: Locator, parameter: string): Promise<void> {
		await panel.getByTestId(`parameter-input-${parameter}`).or(panel.getByTestId(`fixed-collection-${parameter}`)).first().waitFor();
	}

	/** Names of the nodes that the last manual run passed. */
	async function succeeded(): Promise<Array<string | null>> {
		return await page
			.locator('[data-test-id=canvas-node]', { has: page.locator('[data-test-id^=canvas-node-status-success], [data-test-id^=canvas-node-status-mark-success]') })
			.evaluateAll((nodes) => nodes.map((node) => node.getAttribute('data-node-name')));
	}

	/** Every picture of a node of ours has loaded. */
	async function expectIcons(): Promise<void> {
		const broken = await page
			.locator('img[src*="n8n-nodes-journeys"]')
			.evaluateAll((images) => images.filter((image) => (image as unknown as { naturalWidth: number }).naturalWidth === 0).map((image) => image.getAttribute('src')));
		expect(broken).toEqual([]);
	}
});
