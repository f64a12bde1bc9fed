/** What a person means by a text that is one word of these and nothing else. */
export type SmsKeyword = 'stop' | 'start' | 'help';

/**
 * As people write them back, without accents, case and punctuation. The first are what carriers require in the United States (CTIA
 * Messaging Principles); Turkey requires RET, China T or TD. "Yes" is no START: it answers too many other questions.
 */
const WORDS: Readonly<Record<SmsKeyword, readonly string[]>> = {
	stop: [
		'stop', 'stopall', 'unsubscribe', 'end', 'cancel', 'quit', 'optout', 'revoke', 'remove', 'removeme',
		'arret', 'arreter', 'desabonner', 'desinscrire', 'desinscription', 'parar', 'pare', 'sair', 'baja', 'alto', 'cancelar', 'darmedebaja', 'salir',
		'stopp', 'abmelden', 'abbestellen', 'austragen', 'basta', 'fermare', 'cancella', 'cancellami', 'disiscrivi', 'disiscrivimi', 'afmelden', 'stoppen', 'uitschrijven',
		'avsluta', 'avregistrera', 'avmeld', 'afmeld', 'lopeta', 'rezygnuje', 'wypisz', 'zrusit', 'ret', 'iptal', 'dur', 'berhenti', 'dung', 'huy',
		'стоп', 'отписаться', 'відписатися', 'توقف', 'إيقاف', 'الغاء', 'הסר', 'रोकें', 'หยุด',
		'停止', '解除', '配信停止', '退会', '退订', '退訂', '取消', '取消订阅', '取消訂閱', 't', 'td', '수신거부', '거부', '중지', '정지', '해지', '무료거부',
	],
	start: [
		'start', 'unstop', 'startall', 'subscribe', 'resubscribe', 'optin', 'demarrer', 'reprendre', 'iniciar', 'alta', 'comenzar', 'retomar', 'starten', 'anmelden', 'inizia', 'iscrivimi', 'aanmelden',
		'старт', '再開', '登録', '开始', '開始', '恢复', '订阅', '시작', '수신동의', '재개',
	],
	help: [
		'help', 'info', 'hilfe', 'aide', 'ayuda', 'aiuto', 'ajuda', 'hulp', 'hjalp', 'hjelp', 'apua', 'pomoc', 'yardim', 'помощь', 'справка', 'مساعدة',
		'ヘルプ', '帮助', '幫助', '도움', '도움말', '안내',
	],
};

const MEANINGS = new Map((Object.keys(WORDS) as SmsKeyword[]).flatMap((keyword) => WORDS[keyword].map((word) => [plain(word), keyword] as const)));

/** null: an ordinary answer, also one that only begins with such a word ("Stop sending it to my old number"). Whoever says several words to leave and nothing else ("STOP STOP", "Stop, unsubscribe") leaves. */
export function keywordOf(text: string): SmsKeyword | null {
	const said = text.trim();
	// No keyword is that long: who writes a letter is read by a person.
	if (said.length > 40) return null;
	const whole = MEANINGS.get(plain(said));
	if (whole !== undefined) return whole;
	const words = said.split(/[\p{P}\p{S}\p{Z}\p{C}]+/u).filter((word) => word !== '');
	return words.length > 1 && words.every((word) => MEANINGS.get(plain(word)) === 'stop') ? 'stop' : null;
}

function plain(text: string): string {
	return text.normalize('NFKD').replace(/\p{Mn}/gu, '').normalize('NFC').toLowerCase().replace(/[\p{P}\p{S}\p{Z}\p{C}]/gu, '');
}
