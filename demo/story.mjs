/**
 * What the demo's journeys (workflows/*.json) and the simulated people agree on. `verifyStory` compares it with the
 * workflows before anything starts, so that an edited journey gives a clear message and not a puzzling count.
 */
export const EVENTS = { signedUp: 'Signed Up', cart: 'Product Added', ordered: 'Order Completed' };

/** The demo's mails by the beginning of their subject. */
export const MAILS = {
	welcome: 'Welcome',
	clicked: 'Glad',
	reminder: 'Still',
	cart: 'You left',
};

/** @param {string} subject @returns {string | undefined} The kind of a mail, a key of MAILS. */
export function kindOf(subject) {
	return Object.keys(MAILS).find((kind) => subject.startsWith(MAILS[kind]));
}
