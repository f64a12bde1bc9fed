import { createHttpClient, isOk, type HttpAnswer, type HttpCall } from '../http';
import { metaService, proofOf } from './meta';
import { viewOf as metaView } from './meta-templates';
import { twilioService } from '../sms/twilio';
import type { TwilioConfig } from '../sms/types';
import { viewOf as twilioView } from './twilio-templates';
import type { MetaConfig, WhatsAppConfig, WhatsAppTemplateView } from './types';
import { fieldsOf, listOf, textOf } from '../callbacks/reading';
import { EngineError } from '../../kernel';

/** A dropdown has room for so many; who has more searches by name. */
const PAGE = 100;
const MOST_PAGES = 5;
/** Asked for beside a send or by somebody who looks at a dropdown. */
const TIMEOUT_MS = 10_000;
const CONTENT_URL = 'https://content.twilio.com';

/** All templates of the account, up to 500. Throws PROVIDER_FAILED, and BAD_INPUT where the credential does not say whose they are. */
export async function listTemplates(config: WhatsAppConfig): Promise<WhatsAppTemplateView[]> {
	if (config.kind === 'meta' && config.businessAccountId === undefined) throw new EngineError('BAD_INPUT', 'The WhatsApp credential has no Business Account ID, so its templates cannot be listed. Fill it in, or write the template\'s name by hand.');
	return await asked(config, async (get) => {
		const found: WhatsAppTemplateView[] = [];
		let next: HttpCall | undefined = firstPage(config);
		for (let page = 0; page < MOST_PAGES && next !== undefined; page += 1) {
			const { body }: HttpAnswer = await get(next);
			found.push(...templatesIn(config, body));
			next = nextPage(config, body);
		}
		return found;
	});
}

/** Of this name or SID, in every language; none: there is no such template. null: the credential does not say whose they are. Throws PROVIDER_FAILED. */
export async function templatesNamed(config: WhatsAppConfig, id: string): Promise<WhatsAppTemplateView[] | null> {
	if (config.kind === 'meta' && config.businessAccountId === undefined) return null;
	return await asked(config, async (get) => {
		if (config.kind === 'meta') return templatesIn(config, (await get(metaPage(config, { name: id }))).body).filter((template) => template.id === id);
		const path = `/v1/Content/${encodeURIComponent(id)}`;
		const content = await get({ method: 'GET', path }, [404]);
		if (!isOk(content)) return [];
		const approval = await get({ method: 'GET', path: `${path}/ApprovalRequests` }, [404]);
		return [twilioView({ ...fieldsOf(content.body), approval_requests: fieldsOf(approval.body).whatsapp })];
	});
}

type Get = (call: HttpCall, also?: readonly number[]) => Promise<HttpAnswer>;

async function asked<Result>(config: WhatsAppConfig, ask: (get: Get) => Promise<Result>): Promise<Result> {
	const { said, ...service } = config.kind === 'meta' ? metaService(config) : contentService(config);
	const secrets = service.secrets.filter((secret): secret is string => secret !== undefined && secret !== '');
	const client = createHttpClient({ ...service, secrets, connections: 1, timeoutMs: TIMEOUT_MS });
	try {
		return await ask(async (call, also = []) => {
			const answer = await client.call(call);
			return answer.kind === 'answer' && also.includes(answer.status) ? answer : client.requireOk(answer, said);
		});
	} finally {
		client.close();
	}
}

/** Contents have a host of their own, of the same region. */
function contentService(config: TwilioConfig) {
	return { ...twilioService(config), baseUrl: config.baseUrl?.replace('//api.', '//content.') ?? CONTENT_URL };
}

function firstPage(config: WhatsAppConfig): HttpCall {
	return config.kind === 'meta' ? metaPage(config, {}) : { method: 'GET', path: '/v1/ContentAndApprovals', query: { PageSize: String(PAGE) } };
}

function metaPage(config: MetaConfig, query: Record<string, string>): HttpCall {
	const fields = 'name,language,status,category,parameter_format,components';
	return { method: 'GET', path: `/${config.version}/${encodeURIComponent(config.businessAccountId ?? '')}/message_templates`, query: { fields, limit: String(PAGE), ...query, ...proofOf(config) } };
}

/** By cursor, never by the address that the answer names: it goes where the credential says. */
function nextPage(config: WhatsAppConfig, body: unknown): HttpCall | undefined {
	if (config.kind === 'meta') {
		const paging = fieldsOf(fieldsOf(body).paging);
		const after = textOf(fieldsOf(paging.cursors).after);
		return after === null || textOf(paging.next) === null ? undefined : metaPage(config, { after });
	}
	const next = textOf(fieldsOf(fieldsOf(body).meta).next_page_url);
	return next === null || !URL.canParse(next) ? undefined : { method: 'GET', path: '/v1/ContentAndApprovals', query: Object.fromEntries(new URL(next).searchParams) };
}

function templatesIn({ kind }: WhatsAppConfig, body: unknown): WhatsAppTemplateView[] {
	return kind === 'meta' ? listOf(fieldsOf(body).data).map((one) => metaView(fieldsOf(one))) : listOf(fieldsOf(body).contents).map((one) => twilioView(fieldsOf(one)));
}
