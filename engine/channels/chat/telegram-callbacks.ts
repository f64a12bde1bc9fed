import { fieldsOf, isSame, jsonOf, malformed, refused, secondsMs, textOf, type Fields } from '../callbacks/reading';
import type { CallbackReader, CallbackRequest, CallbackResult, DeliveryReport } from '../callbacks/types';
import { blocked, inboundChat, started } from './inbound';

export interface TelegramSecrets {
	/** secret_token of setWebhook. */
	webhookSecret: string;
}

/**
 * Updates of a bot (https://core.telegram.org/bots/api#update): what people write to it in their own chat, and whether they have blocked it. Each bears the secret that
 * setWebhook was given. Telegram tells nothing of delivery.
 */
export const telegramCallbacks: CallbackReader<TelegramSecrets> = {
	provider: 'telegram',
	read: (request, secrets) => Promise.resolve(read(request, secrets)),
};

function read(request: CallbackRequest, { webhookSecret }: TelegramSecrets): CallbackResult {
	if (webhookSecret === '' || !isSame(request.headers['x-telegram-bot-api-secret-token'] ?? '', webhookSecret)) {
		return refused('The secret of Telegram (X-Telegram-Bot-Api-Secret-Token) is missing or wrong. Call setWebhook with the Webhook Secret of the credential as secret_token.');
	}
	const body = jsonOf(request);
	if (body === undefined) return malformed('The call of Telegram is no JSON.');
	const update = fieldsOf(body);
	return { kind: 'reports', reports: [...written(fieldsOf(update.message)), ...member(fieldsOf(update.my_chat_member))] };
}

function written(message: Fields): DeliveryReport[] {
	const chat = ownChat(message);
	const text = textOf(message.text) ?? textOf(message.caption);
	const number = message.message_id;
	if (chat === null || text === null || typeof number !== 'number') return [];
	const answered = fieldsOf(message.reply_to_message).message_id;
	return inboundChat({ id: `${chat}:${number}`, address: chat, text, atMs: secondsMs(message.date), providerId: typeof answered === 'number' ? `${chat}:${answered}` : null });
}

function member(change: Fields): DeliveryReport[] {
	const chat = ownChat(change);
	const status = textOf(fieldsOf(change.new_chat_member).status);
	const about = { id: `${chat}:${String(change.date)}:${status}`, address: chat ?? '', atMs: secondsMs(change.date) };
	if (chat === null) return [];
	if (status === 'kicked') return [blocked(about)];
	return status === 'member' ? [started({ ...about, payload: null, quiet: true })] : [];
}

/** Of one person: what is written in groups is nobody's address. */
function ownChat({ chat }: Fields): string | null {
	const { id, type } = fieldsOf(chat);
	return type === 'private' && typeof id === 'number' ? String(id) : null;
}
