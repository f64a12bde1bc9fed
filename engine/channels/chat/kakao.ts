import { systemClock, type Clock } from '../../kernel';
import { isOk, textAt } from '../http';
import { recipientOf, senderOf } from '../sms/solapi';
import { SOLAPI_CODES } from '../sms/solapi-codes';
import { signedHeaders, SOLAPI_URL } from '../sms/solapi-signature';
import { createHttpChatProvider, type Sorted } from './http-provider';
import { plainOf } from './markup';
import type { ChatProvider, ChatRules, KakaoConfig, OutgoingChat } from './types';

const ACCEPTED = '2000';
/** Of the whole AlimTalk, which only Kakao puts together (code 1031). */
const MOST_CHARACTERS = 1000;

/** What concerns AlimTalk of Solapi's codes (https://developers.solapi.com/references/message-status-codes). */
const CODES: Readonly<Record<string, Sorted>> = {
	...SOLAPI_CODES,
	'1041': { kind: 'account', what: 'Solapi does not know the Kakao channel. Check Kakao Channel ID (pfId) in the step' },
	'1042': { kind: 'account', what: 'Solapi does not know the template. Check Template ID in the step' },
	'1043': { kind: 'permanent', what: 'The message does not fit the template that Kakao has approved. Fill in each of its variables' },
	'3104': { kind: 'dead', what: 'The person has no KakaoTalk' },
};

export const kakaoRules: ChatRules = {
	service: 'Kakao', formats: ['plain'], image: false, buttons: false, written,
	problem: ({ kakao }) => {
		if (kakao === undefined) return 'The message has no Kakao template. Fill in Template ID, then use Journey Control: Retry Held.';
		const { length } = Object.values(kakao.variables).join('');
		return length > MOST_CHARACTERS ? `The template's variables have ${length} characters, and an AlimTalk has ${MOST_CHARACTERS} in all. Make them shorter, then use Journey Control: Retry Held.` : null;
	},
};

/**
 * Kakao AlimTalk through Solapi messages v4: the template and its variables, with each call signed. There is no idempotency key. By default Solapi sends no text
 * message instead (disableSms), which would be another channel with another consent.
 */
export function createKakaoProvider(config: KakaoConfig, clock: Clock = systemClock): ChatProvider {
	return createHttpChatProvider(config, {
		name: 'solapi', service: 'Solapi', baseUrl: config.baseUrl ?? SOLAPI_URL, secrets: [config.apiSecret],
		call: (message) => ({ method: 'POST', path: '/messages/v4/send', headers: signedHeaders(config, clock), body: { message: messageOf(message) } }),
		accepted: (answer) => (isOk(answer) && textAt(answer.body, 'statusCode') === ACCEPTED ? textAt(answer.body, 'messageId') : undefined),
		said: ({ body }) => textAt(body, 'errorMessage') ?? textAt(body, 'statusMessage'),
		sort: ({ body }) => CODES[textAt(body, 'statusCode') ?? textAt(body, 'errorCode') ?? ''],
		check: () => ({ method: 'GET', path: '/cash/v1/balance', headers: signedHeaders(config, clock) }),
	});
}

function messageOf({ id, to, kakao }: OutgoingChat): object {
	const { pfId = '', templateId = '', variables = {}, smsFrom } = kakao ?? {};
	return {
		...recipientOf(to), ...(smsFrom === undefined ? {} : { from: senderOf(smsFrom) }), type: 'ATA',
		kakaoOptions: { pfId, templateId, variables, disableSms: smsFrom === undefined }, customFields: { message: id },
	};
}

/** For people to look at: what the template is filled in with. */
function written({ text, kakao }: OutgoingChat): string {
	if (kakao === undefined) return plainOf(text);
	return Object.entries(kakao.variables).map(([name, value]) => `${name} ${value}`).join('\n');
}
