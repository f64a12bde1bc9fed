import type { Channel } from '../../consent';

/** All that pages say, in one language. {topic}, {address}, {channels}, {date}, {n}: filled in; everything else is text as it stands. */
export interface Texts {
	/** Accessible name of the links that change the language of the page. */
	pageLanguage: string;
	unsubscribe: {
		ask: string;
		askAll: string;
		askTopic: string;
		leave: string;
		leaveTopic: string;
		leaveAll: string;
		done: string;
		doneAll: string;
		doneTopic: string;
		back: string;
		welcome: string;
		welcomeAll: string;
		welcomeTopic: string;
	};
	preferences: {
		title: string;
		/** With the masked address. */
		intro: string;
		introBare: string;
		topics: string;
		topicsHint: string;
		channels: string;
		channel: Record<Channel, string>;
		pending: string;
		frequency: string;
		asItComes: string;
		onceAWeek: string;
		timesAWeek: string;
		pause: string;
		pauseHint: string;
		noPause: string;
		pauseDays: string;
		pausedUntil: string;
		endPause: string;
		language: string;
		anyLanguage: string;
		privacy: string;
		doNotSell: string;
		signal: string;
		save: string;
		leaveAll: string;
		leaveAllHint: string;
		saved: string;
		/** Heads the list of what could not be saved. */
		partly: string;
		/** {channels}: names of channels, listed as the language lists them. */
		needsChannel: string;
		left: string;
	};
	confirm: {
		ask: string;
		askAll: string;
		askTopic: string;
		yes: string;
		done: string;
		doneAll: string;
		doneTopic: string;
		used: string;
		usedText: string;
	};
	/** What went wrong, or is over. */
	trouble: {
		broken: string;
		brokenText: string;
		expired: string;
		/** Of the preference centre. */
		expiredText: string;
		/** Where a new link can be asked for. */
		expiredResend: string;
		resend: string;
		resent: string;
		resentText: string;
		expiredConfirm: string;
		failed: string;
		notSaved: string;
		notFollowed: string;
		again: string;
		gone: string;
		goneText: string;
	};
}
