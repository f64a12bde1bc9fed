import { createProviderPool } from '../pool';
import { createDiscordProvider, discordRules } from './discord';
import { createKakaoProvider, kakaoRules } from './kakao';
import { createLineProvider, lineRules } from './line';
import { createSlackProvider, slackRules } from './slack';
import { createTelegramProvider, telegramRules } from './telegram';
import type { ChatConfig, ChatProvider, ChatRules, OutgoingChat } from './types';
import { createViberProvider, viberRules } from './viber';

const pool = createProviderPool<ChatConfig, OutgoingChat>(createChatProvider);

/** See ProviderPool. */
export const chatProvider = (config: ChatConfig): ChatProvider => pool.of(config);

export const closeChatProviders = (): Promise<void> => pool.closeAll();

/** A provider that nobody shares, for a credential's test; whoever makes it closes it. */
export function createChatProvider(config: ChatConfig): ChatProvider {
	switch (config.kind) {
		case 'telegram':
			return createTelegramProvider(config);
		case 'line':
			return createLineProvider(config);
		case 'slack':
			return createSlackProvider(config);
		case 'discord':
			return createDiscordProvider(config);
		case 'viber':
			return createViberProvider(config);
		case 'kakao':
			return createKakaoProvider(config);
	}
}

const RULES: Readonly<Record<ChatConfig['kind'], ChatRules>> = {
	telegram: telegramRules, line: lineRules, slack: slackRules, discord: discordRules, viber: viberRules, kakao: kakaoRules,
};

/** What a service takes. */
export const chatRules = (kind: ChatConfig['kind']): ChatRules => RULES[kind];

export { chatText, plainOf } from './markup';
export type * from './types';
