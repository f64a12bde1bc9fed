import type { UnsubscribeView } from '../tracking';
import { filled, filledHtml, escapeHtml, framed, type Button, type PageResponse, type PageScene } from './frame';
import { TEXTS } from './texts';

/** What the form's buttons post; `do` is absent in a mail provider's one-click POST. */
export const ACTION = { field: 'do', topic: 'unsubscribe', all: 'unsubscribe-all', back: 'subscribe' } as const;

export type UnsubscribePage = (scene: PageScene, view: UnsubscribeView, topic: string) => PageResponse;

/** topic: its name as people know it; '' is the whole channel. */
export const askPage: UnsubscribePage = (scene, view, topic) => {
	if (!view.known) return gonePage(scene);
	if (view.out) return donePage(scene, view, topic);
	const { unsubscribe: say } = TEXTS[scene.language];
	if (view.topic === '') return framed(scene, 200, { title: say.ask, text: escapeHtml(say.askAll), buttons: [act(say.leave, ACTION.topic)] });
	return framed(scene, 200, {
		title: say.ask, text: filledHtml(say.askTopic, { topic }),
		buttons: [act(filled(say.leaveTopic, { topic }), ACTION.topic), act(say.leaveAll, ACTION.all, true)],
	});
};

/** Also the answer to those who open the link again later. */
export const donePage: UnsubscribePage = (scene, view, topic) => {
	if (!view.known) return gonePage(scene);
	const { unsubscribe: say } = TEXTS[scene.language];
	const back = act(say.back, ACTION.back, true);
	if (view.topic === '' || view.outOfAll) return framed(scene, 200, { title: say.done, text: escapeHtml(say.doneAll), answer: true, buttons: [back] });
	return framed(scene, 200, { title: say.done, text: filledHtml(say.doneTopic, { topic }), answer: true, buttons: [back, act(say.leaveAll, ACTION.all, true)] });
};

export const backPage: UnsubscribePage = (scene, view, topic) => {
	if (!view.known) return gonePage(scene);
	const { unsubscribe: say } = TEXTS[scene.language];
	const text = view.topic === '' ? escapeHtml(say.welcomeAll) : filledHtml(say.welcomeTopic, { topic });
	return framed(scene, 200, { title: say.welcome, text, answer: true, buttons: [act(say.leave, ACTION.topic, true)] });
};

export function brokenLinkPage(scene: PageScene): PageResponse {
	const { trouble: say } = TEXTS[scene.language];
	return framed(scene, 400, { title: say.broken, text: escapeHtml(say.brokenText) });
}

/** `action`: what they pressed, to be tried again. */
export function notSavedPage(scene: PageScene, action: string): PageResponse {
	const { trouble: say } = TEXTS[scene.language];
	return framed(scene, 503, { title: say.failed, text: escapeHtml(say.notSaved), answer: true, buttons: [act(say.again, [ACTION.all, ACTION.back].some((one) => one === action) ? action : ACTION.topic)] });
}

export function unavailablePage(scene: PageScene): PageResponse {
	const { trouble: say } = TEXTS[scene.language];
	return framed(scene, 503, { title: say.failed, text: escapeHtml(say.notFollowed) });
}

export function gonePage(scene: PageScene): PageResponse {
	const { trouble: say } = TEXTS[scene.language];
	return framed(scene, 200, { title: say.gone, text: escapeHtml(say.goneText), answer: true });
}

function act(label: string, value: string, quiet = false): Button {
	return { label, name: ACTION.field, value, quiet };
}
