import type { OptIn, OptInView } from '../consent';
import { formFields, isEngineError, type Log } from '../kernel';
import type { Centre, Preferences } from '../preferences';
import type { Tracking, UnsubscribeView } from '../tracking';
import type { PageBrand } from './brand';
import { choiceOf } from './choice';
import { askToConfirm, confirmedPage, confirmExpiredPage, CONFIRM, notConfirmedPage, usedPage } from './confirm-page';
import type { PageResponse, PageScene } from './frame';
import { languageOf } from './language';
import { expiredPage, FIELD, LEAVE_ALL, notStoredPage, preferencesPage, RESEND, resentPage, type Shown } from './preferences-page';
import { ACTION, askPage, backPage, brokenLinkPage, donePage, gonePage, notSavedPage, unavailablePage, type UnsubscribePage } from './unsubscribe-page';

export { pageBrand, type PageBrand } from './brand';
export type { PageResponse } from './frame';
export { LANGUAGES, TEXTS, type Language, type Texts } from './texts';

/** What a page needs of a request: GET, HEAD or POST. */
export interface PageRequest {
	method: string;
	query: Record<string, string>;
	/** Lower-cased names. */
	headers: Record<string, string>;
	body: Uint8Array;
	/** Of the other end of the connection. */
	ip?: string;
}

/**
 * The pages that people see. GET and HEAD only show: mail gateways open every link of a mail. Only a POST changes something, and only
 * with a signed token, which also stands for the CSRF token: no other site can know it. They answer every request and never reject.
 */
export interface Pages {
	unsubscribe(request: PageRequest): Promise<PageResponse>;
	preferences(request: PageRequest): Promise<PageResponse>;
	confirm(request: PageRequest): Promise<PageResponse>;
	/** For links that lead elsewhere. */
	brokenLink(request: Pick<PageRequest, 'query' | 'headers'>): PageResponse;
	unavailable(request: Pick<PageRequest, 'query' | 'headers'>): PageResponse;
}

export interface PagesParts {
	tracking: Pick<Tracking, 'describeUnsubscribe' | 'unsubscribe' | 'resubscribe' | 'unsubscribeToken'>;
	preferences: Pick<Preferences, 'describe' | 'choose' | 'pageFacts' | 'heedPrivacySignal' | 'renew'>;
	optIn: Pick<OptIn, 'describe' | 'confirm'>;
	/** Who the pages are from, as it is now. */
	brand: () => Promise<PageBrand | null>;
	log: Log;
}

interface BrandedRequest extends PageRequest {
	brand?: PageBrand | null;
}

const LARGEST_FORM = 64 * 1024;

/** Without knowing whose link it is: in the language that the address or the browser asks for. */
function bareScene({ query, headers, brand = null }: Pick<BrandedRequest, 'query' | 'headers' | 'brand'>, fallback?: string): PageScene {
	return { brand, token: query.t ?? '', language: languageOf({ asked: query.lang, accept: headers['accept-language'], fallback }) };
}

export function createPages({ tracking, preferences, optIn, brand, log }: PagesParts): Pages {
	async function sceneFor(request: BrandedRequest, profile: number | null, topic: string): Promise<{ scene: PageScene; topic: string; languages: string[] }> {
		const facts = await preferences.pageFacts(profile, topic);
		const language = languageOf({ asked: request.query.lang, person: facts.language, accept: request.headers['accept-language'], fallback: facts.fallback });
		return { scene: { token: request.query.t ?? '', language, brand: request.brand ?? null }, topic: facts.topic, languages: facts.languages };
	}

	function failed(what: string, error: unknown): void {
		log.error(`${what} could not be served`, { code: isEngineError(error) ? error.code : 'INTERNAL' });
	}

	/** Global Privacy Control comes with whatever a person posts; https://w3c.github.io/gpc/ */
	async function heedSignal({ headers }: PageRequest, profile: number | null): Promise<void> {
		if (headers['sec-gpc'] === '1' && profile !== null) await preferences.heedPrivacySignal(profile);
	}

	async function unsubscribe(request: BrandedRequest): Promise<PageResponse> {
		const token = request.query.t ?? '';
		const show = async (page: UnsubscribePage, view: UnsubscribeView | null): Promise<PageResponse> => {
			if (view === null) return brokenLinkPage(bareScene(request));
			const { scene, topic } = await sceneFor(request, view.profile, view.topic);
			return page(scene, view, topic);
		};
		const action = request.method === 'POST' ? formOf(request).get(ACTION.field) : null;
		try {
			if (request.method !== 'POST') return await show(askPage, await tracking.describeUnsubscribe(token, request));
			// A mail provider's one-click (RFC 8058) is a form or multipart. Whatever else is posted to a signed link is an opt-out as
			// well: to refuse one for its form would be the worse mistake.
			if (action === null) return await show(donePage, await tracking.unsubscribe(token, { source: 'one-click' }));
			const known = await tracking.describeUnsubscribe(token);
			if (known === null) return brokenLinkPage(bareScene(request));
			const { scene } = await sceneFor(request, known.profile, '');
			const choice = { source: 'page', seen: { language: scene.language, ip: request.ip ?? null } };
			if (action === ACTION.back) return await show(backPage, await tracking.resubscribe(token, choice));
			const view = await tracking.unsubscribe(token, { ...choice, scope: action === ACTION.all ? 'all' : 'topic' });
			await heedSignal(request, known.profile);
			return await show(donePage, view);
		} catch (error) {
			failed('An unsubscribe request', error);
			return notSavedPage(bareScene(request), action ?? ACTION.topic);
		}
	}

	async function centre(request: BrandedRequest): Promise<PageResponse> {
		const token = request.query.t ?? '';
		const privacySignal = request.headers['sec-gpc'] === '1';
		const wishes = { asked: request.query.lang, accept: request.headers['accept-language'] };
		const show = async (view: Centre | null, result?: Shown['result']): Promise<PageResponse> => {
			if (view === null) return brokenLinkPage(bareScene(request));
			if (view.kind === 'gone') return gonePage(bareScene(request));
			if (view.kind === 'expired') {
				const unsubscribeHref = view.message === null ? null : `unsubscribe?t=${await tracking.unsubscribeToken(view.message)}`;
				return expiredPage(bareScene(request), { unsubscribeHref, resend: view.renewable });
			}
			const { languages, fallback } = await preferences.pageFacts(null, '');
			const language = languageOf({ ...wishes, person: view.language, fallback });
			return preferencesPage({ token, language, brand: request.brand ?? null }, { view, privacySignal, languages, ...(result === undefined ? {} : { result }) });
		};
		try {
			if (request.method !== 'POST') return await show(await preferences.describe(token));
			const form = formOf(request);
			const { languages, fallback } = await preferences.pageFacts(null, '');
			if (form.get(FIELD.action) === RESEND && (await preferences.renew(token))) return resentPage(bareScene(request));
			const choice = choiceOf(form, languages);
			const before = await preferences.describe(token);
			if (choice === null || before?.kind !== 'open') return await show(before);
			const language = languageOf({ ...wishes, person: before.language, fallback });
			const view = await preferences.choose(token, choice, { language, ip: request.ip ?? null, privacySignal });
			return await show(view, form.get(FIELD.action) === LEAVE_ALL ? 'left' : 'saved');
		} catch (error) {
			failed('A request of the preference centre', error);
			return notStoredPage(bareScene(request));
		}
	}

	async function confirm(request: BrandedRequest): Promise<PageResponse> {
		const token = request.query.t ?? '';
		const show = async (view: OptInView | null, confirmed: boolean): Promise<PageResponse> => {
			if (view === null) return brokenLinkPage(bareScene(request));
			if (view.kind === 'gone') return gonePage(bareScene(request));
			const { scene, topic } = await sceneFor(request, view.profile, view.topic);
			if (view.kind === 'expired') return confirmExpiredPage(scene);
			if (view.kind === 'used') return usedPage(scene);
			return confirmed ? confirmedPage(scene, topic) : askToConfirm(scene, topic);
		};
		try {
			const view = await optIn.describe(token);
			if (request.method !== 'POST' || view?.kind !== 'open' || formOf(request).get(CONFIRM.field) !== CONFIRM.value) return await show(view, false);
			const { scene } = await sceneFor(request, view.profile, view.topic);
			const confirmed = await optIn.confirm(token, { language: scene.language, ip: request.ip ?? null });
			await heedSignal(request, view.profile);
			return await show(confirmed, true);
		} catch (error) {
			failed('A confirmation', error);
			return notConfirmedPage(bareScene(request));
		}
	}

	/** A page without its brand is better than none. */
	const branded = (page: (request: BrandedRequest) => Promise<PageResponse>) => async (request: PageRequest): Promise<PageResponse> => await page({ ...request, brand: await brand().catch(() => null) });

	return {
		unsubscribe: branded(unsubscribe),
		confirm: branded(confirm),
		preferences: branded(centre),
		brokenLink: (request) => brokenLinkPage(bareScene(request)),
		unavailable: (request) => unavailablePage(bareScene(request)),
	};
}

function formOf({ body }: PageRequest): URLSearchParams {
	return formFields(new TextDecoder().decode(body.subarray(0, LARGEST_FORM)));
}
