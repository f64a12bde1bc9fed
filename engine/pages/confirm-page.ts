import { escapeHtml, filledHtml, framed, type PageResponse, type PageScene } from './frame';
import { TEXTS } from './texts';

export const CONFIRM = { field: 'do', value: 'confirm' } as const;

/** topic: its name as people know it; '' is the whole channel. */
export function askToConfirm(scene: PageScene, topic: string): PageResponse {
	const { confirm: say } = TEXTS[scene.language];
	return framed(scene, 200, {
		title: say.ask, text: topic === '' ? escapeHtml(say.askAll) : filledHtml(say.askTopic, { topic }),
		buttons: [{ label: say.yes, name: CONFIRM.field, value: CONFIRM.value }],
	});
}

export function confirmedPage(scene: PageScene, topic: string): PageResponse {
	const { confirm: say } = TEXTS[scene.language];
	return framed(scene, 200, { title: say.done, text: topic === '' ? escapeHtml(say.doneAll) : filledHtml(say.doneTopic, { topic }), answer: true });
}

export function usedPage(scene: PageScene): PageResponse {
	const { confirm: say } = TEXTS[scene.language];
	return framed(scene, 200, { title: say.used, text: escapeHtml(say.usedText), answer: true });
}

/** 410: the link was good once. */
export function confirmExpiredPage(scene: PageScene): PageResponse {
	const { trouble: say } = TEXTS[scene.language];
	return framed(scene, 410, { title: say.expired, text: escapeHtml(say.expiredConfirm), answer: true });
}

export function notConfirmedPage(scene: PageScene): PageResponse {
	const { trouble: say } = TEXTS[scene.language];
	return framed(scene, 503, { title: say.failed, text: escapeHtml(say.notSaved), answer: true, buttons: [{ label: say.again, name: CONFIRM.field, value: CONFIRM.value }] });
}
