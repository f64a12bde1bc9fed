/**
 * What the demo's journeys (workflows/demo/*.json) and the simulated people agree on. `verifyStory` compares it with the
 * workflows before anything starts, so that an edited journey gives a clear message and not a puzzling count.
 */
export const EVENTS = { signedUp: 'Signed Up', cart: 'Product Added', ordered: 'Order Completed' };

/** The demo's mails by their subject, as written in the workflow and as it arrives. */
export const MAILS = {
	welcome: /^Welcome/,
	members: /^Glad .*members/,
	curious: /^Glad (?!.*members)/,
	reminder: /^Still/,
	cart: /^You left/,
};

/** Who is on one of these plans and clicks gets the members' mail. */
export const MEMBER_PLANS = ['plus', 'pro'];

/** @param {string} subject @returns {string | undefined} The kind of a mail, a key of MAILS. */
export function kindOf(subject) {
	return Object.keys(MAILS).find((kind) => MAILS[kind].test(subject));
}

const UNIT_SECONDS = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400, weeks: 604_800 };

/**
 * Reads from the workflows what the comparison needs to know, in real milliseconds (test people run on a virtual clock).
 * @param {Record<string, { content: { nodes: any[] } }>} workflows By file name without .json.
 * @returns {{ clickWindowMs: number, orderWindowMs: number, reminderMs: number, orderEndsWelcome: boolean }}
 *   clickWindowMs: how long after the welcome mail a click counts. orderWindowMs: how long after the second mail an order reaches
 *   the goal. reminderMs: how long after the cart the reminder comes.
 *   orderEndsWelcome: whether an order ends the welcome series.
 */
export function verifyStory(workflows) {
	for (const name of ['collector', 'import-contacts', 'welcome-series', 'abandoned-cart']) {
		if (!workflows[name]) throw new Error(`${name}.json is missing in workflows/ and in workflows/demo/; the demo plays it.`);
	}
	const subjects = Object.values(workflows).flatMap(({ content }) => nodesOf(content, 'journeyEmail').map((node) => node.parameters.subject ?? ''));
	for (const kind of Object.keys(MAILS)) {
		const count = subjects.filter((subject) => kindOf(subject) === kind).length;
		if (count !== 1) throw new Error(`${count} mails of workflows/ and workflows/demo/ have a subject like ${MAILS[kind]}, the demo's ${kind} mail; it must be one (demo/story.mjs).`);
	}
	const welcome = workflows['welcome-series'].content;
	const cart = workflows['abandoned-cart'].content;
	entersOn(welcome, EVENTS.signedUp);
	entersOn(cart, EVENTS.cart);
	const exit = triggerOf(welcome).parameters;
	return {
		clickWindowMs: timeoutMs(welcome, 'Email Link Clicked'),
		orderWindowMs: timeoutMs(welcome, EVENTS.ordered),
		reminderMs: timeoutMs(cart, EVENTS.ordered),
		orderEndsWelcome: Boolean(exit.exitOnEvent) && nameOf(exit.exitEvent) === EVENTS.ordered,
	};
}

const nodesOf = (workflow, type) => workflow.nodes.filter((node) => node.type === `n8n-nodes-journeys.${type}`);
const triggerOf = (workflow) => nodesOf(workflow, 'journeyTrigger')[0];
const nameOf = (locator) => locator?.value ?? locator;

function entersOn(workflow, event) {
	const found = nameOf(triggerOf(workflow)?.parameters.event);
	if (found !== event) throw new Error(`"${workflow.name}" starts on "${found}", the demo's shop sends "${event}" (demo/story.mjs).`);
}

function timeoutMs(workflow, event) {
	// A Journey Wait for Event leaves the event out of its parameters when it is the node's default.
	const wait = nodesOf(workflow, 'journeyWaitForEvent').find((node) => (nameOf(node.parameters.event) ?? 'Email Link Clicked') === event);
	if (!wait) throw new Error(`"${workflow.name}" has no Journey Wait for Event that waits for "${event}" (demo/story.mjs).`);
	const { timeout = 3, timeoutUnit = 'days' } = wait.parameters;
	const daySeconds = triggerOf(workflow).parameters.options?.virtualDaySeconds ?? 0;
	const seconds = timeout * UNIT_SECONDS[timeoutUnit];
	return daySeconds > 0 ? (seconds / 86_400) * daySeconds * 1000 : seconds * 1000;
}
