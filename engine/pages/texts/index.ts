import { de } from './de';
import { en } from './en';
import { es } from './es';
import { fr } from './fr';
import { ja } from './ja';
import { ko } from './ko';
import type { Texts } from './types';
import { zh } from './zh';

export type { Texts } from './types';

export const LANGUAGES = ['en', 'de', 'es', 'fr', 'ja', 'ko', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

export const TEXTS: Readonly<Record<Language, Texts>> = { en, de, es, fr, ja, ko, zh };

/** Each in its own words: who is on a page in a language they cannot read must find theirs. */
export const OWN_NAMES: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch', es: 'Español', fr: 'Français', ja: '日本語', ko: '한국어', zh: '中文' };

/** BCP 47 for the lang attribute: fonts of Chinese differ by script. */
export const TAGS: Readonly<Record<Language, string>> = { en: 'en', de: 'de', es: 'es', fr: 'fr', ja: 'ja', ko: 'ko', zh: 'zh-Hans' };
