import type { UnsubscribeView } from '../tracking';
import { escapeHtml, framed, type Button } from './page-frame';
import type { CollectorResponse } from './types';

/** What the form's buttons post; `do` is absent in a mail provider's one-click POST. */
export const ACTION = { field: 'do', topic: 'unsubscribe', all: 'unsubscribe-all', back: 'subscribe' } as const;

export function askPage(view: UnsubscribeView): CollectorResponse {
	if (!view.known) return gonePage();
	if (view.out) return donePage(view);
	if (view.topic === '') {
		return framed(200, { title: 'Unsubscribe?', text: 'You will receive no more of these emails.', buttons: [act('Unsubscribe', ACTION.topic)] });
	}
	return framed(200, {
		title: 'Unsubscribe?',
		text: `This email is part of ${named(view.topic)}. You can leave only that, or all of our emails.`,
		buttons: [act(`Unsubscribe from ${view.topic}`, ACTION.topic), act('Unsubscribe from all emails', ACTION.all, true)],
	});
}

/** Also the answer to those who open the link again later. */
export function donePage(view: UnsubscribeView): CollectorResponse {
	if (!view.known) return gonePage();
	const back = act('Subscribe again', ACTION.back, true);
	if (view.topic === '' || view.outOfAll) {
		return framed(200, { title: 'You are unsubscribed', text: 'You will receive no more of these emails. Was it a mistake?', answer: true, buttons: [back] });
	}
	return framed(200, {
		title: 'You are unsubscribed',
		text: `You will receive no more of ${named(view.topic)}.`,
		answer: true,
		buttons: [back, act('Unsubscribe from all emails', ACTION.all, true)],
	});
}

export function backPage(view: UnsubscribeView): CollectorResponse {
	if (!view.known) return gonePage();
	const what = view.topic === '' ? 'these emails' : named(view.topic);
	return framed(200, { title: 'Welcome back', text: `You are subscribed to ${what} again.`, answer: true, buttons: [act('Unsubscribe', ACTION.topic, true)] });
}

export function brokenLinkPage(): CollectorResponse {
	return framed(400, { title: 'This link is not complete', text: 'It may have been cut or changed on its way. Open it again from the email itself.' });
}

export function notSavedPage(): CollectorResponse {
	return framed(503, { title: 'That did not work', text: 'Your choice could not be saved just now. Please try again in a minute.', answer: true, buttons: [act('Try again', ACTION.topic)] });
}

export function unavailablePage(): CollectorResponse {
	return framed(503, { title: 'That did not work', text: 'The link cannot be followed just now. Please open it again in a minute.' });
}

function gonePage(): CollectorResponse {
	return framed(200, { title: 'Nothing left to change', text: 'We no longer hold the data that this link belongs to.', answer: true });
}

function act(label: string, value: string, quiet = false): Button {
	return { label, name: ACTION.field, value, quiet };
}

function named(topic: string): string {
	return `<strong>${escapeHtml(topic)}</strong>`;
}
