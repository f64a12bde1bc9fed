import { discordCallbacks } from './discord-callbacks';
import { lineCallbacks } from './line-callbacks';
import { slackCallbacks } from './slack-callbacks';
import { telegramCallbacks } from './telegram-callbacks';
import { viberCallbacks } from './viber-callbacks';

/** The reader of each chat service's callbacks; Kakao's come by Solapi's (../sms/solapi-callbacks.ts). */
export const CHAT_CALLBACKS = { telegram: telegramCallbacks, line: lineCallbacks, slack: slackCallbacks, discord: discordCallbacks, viber: viberCallbacks } as const;
