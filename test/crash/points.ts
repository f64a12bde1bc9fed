/*
 * Every transaction of the engine by its name, decided: a process is killed before and after its commit in one of two stories, or there is a reason why not.
 * points.test.ts reads the engine for names that are not here.
 */

/** On the life of a token (PROTOCOL.md): scenario.ts. */
export const LIFE_OF_A_TOKEN = [
	'register', 'ingest', 'claim', 'begin', 'route', 'reserve', 'attempt', 'confirm', 'park', 'throttle', 'join', 'gate-enter', 'gate-open', 'gate-judge', 'gate-attempt', 'gate-answer', 'gate-leave', 'best-channel', 'goal', 'exit', 'settle', 'set-consent',
	'time-limit', 'sweep', 'pause-journey', 'resume-journey', 'enroll', 'date-build', 'date-entries', 'broadcast-start', 'broadcast-bound', 'broadcast-slice', 'move-people', 'exit-people', 'follow-alerts', 'look-alerts',
];

/** Around it, what moves people or holds what moves them: surroundings.ts. */
export const SURROUNDINGS = [
	'beat', 'beat-leader', 'step-asks', 'renew', 'resume-slice', 'broadcast-turns', 'silence-entries', 'set-needed', 'recheck-meetings', 'set-throttle', 'retry-held', 'follow-limits', 'stop-sending', 'resume-sending', 'free-stopped',
	'forget-leases', 'forget-late', 'forget-halves', 'forget-requests', 'note-drawing', 'break-off', 'split', 'experiment-register', 'experiment-mature', 'experiment-restart', 'listen-alerts', 'next-alerts', 'renew-alerts', 'settle-alerts',
	'upsert', 'merge', 'unmerge', 'erase', 'list-change', 'stage-set', 'recheck',
];

/** Domains whose transactions are the journeys' own: each of them is a crash point. */
export const RUNTIME = ['journeys', 'messages', 'alerts', 'experiments'];

/** Of the other domains, by why nobody is killed there. */
export const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
	'one transaction for one call, which is repeated when it got no answer; what it sets off for journeys is in it, by the same reactions as those of ingest, upsert and set-consent': [
		'request-consent', 'confirm-consent', 'suppress', 'unsuppress', 'unsubscribe', 'resubscribe', 'note-visit', 'delivery-reports', 'chat-start', 'set-preferences', 'choose-preferences', 'renew-preference-link', 'preference-links', 'privacy-signal', 'do-not-sell',
		'groups', 'group-members', 'group-delete', 'list-create', 'segment-save', 'segment-rename', 'segment-delete', 'score-model-save', 'score-model-delete', 'score-recalculate', 'stages-define', 'declare-type',
		'change-settings', 'template-save', 'template-publish', 'template-unpublish', 'template-delete', 'template-sample', 'template-use', 'block-save', 'block-publish', 'block-delete', 'brand-set', 'save-collector', 'remove-collector', 'vapid-keys', 'web-push-subscribe', 'web-push-unsubscribe', 'web-push-replace', 'signing-secret', 'claim-instance', 'place', 'export-person', 'export-end', 'read-consent', 'onsite-decide', 'onsite-inbox', 'onsite-act', 'onsite-opt-in', 'onsite-sign-up', 'onsite-signed-up',
		'coupon-pool', 'coupon-pool-delete', 'coupon-codes', 'coupon-assign', 'image-upload', 'image-again', 'image-update', 'image-delete', 'product-import', 'product-rows', 'product-switch', 'product-feed-delete', 'recommend',
	],
	'a slice with its mark in the same transaction: what a dead process leaves is what the next slice finds, as with time-limit, date-build and recheck': [
		'settle-visits', 'onsite-tidy', 'segment-build', 'segment-clear', 'segment-prune', 'score-build', 'score-follow', 'score-recheck', 'stage-recheck', 'score-history', 'score-remove', 'group-follow', 'retention', 'forget-identified', 'execution-prune',
		'import', 'import-start', 'import-end', 'import-sign', 'import-failed', 'end-lost-imports', 'forget-import', 'undo-start', 'undo', 'undo-end', 'event-follow', 'product-tidy', 'product-counts',
	],
	'asked for again when it is due, and told under one id a message, which the tests of receipts try': ['push-receipts-claim', 'push-receipts', 'push-receipts-forget'],
	'handed out again under the same key, which the tests of the handover of the collector try': ['collected-take', 'collected-done', 'collected-forget'],
	'nothing that a person\'s way hangs on': ['catalog', 'marker', 'note-execution'],
};
