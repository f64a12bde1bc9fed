/** On-site messages in a web page: sign-up forms and surveys. */
export const QUESTIONS = String.raw`
	function thank(place, text) {
		var said = h('div', { class: 'thanks', role: 'status', tabindex: '-1' }, [svg(24, ['M5 12.5l4.5 4.5L19 7.5']), h('p', {}, [text])]);
		place.replaceWith(said);
		said.focus({ preventScroll: true });
	}
	var INPUTS = { email: { type: 'email', autocomplete: 'email', inputmode: 'email' }, phone: { type: 'tel', autocomplete: 'tel', inputmode: 'tel' }, firstName: { type: 'text', autocomplete: 'given-name' } };
	function form(message, asked, done) {
		var wrong = h('p', { class: 'wrong', role: 'alert' });
		var inputs = asked.fields.map(function (name) { return h('input', Object.assign({ name: name, id: 'f-' + name, required: true }, INPUTS[name])); });
		var agreed = asked.consentText ? h('input', { type: 'checkbox', id: 'f-agreed', required: true }) : null;
		var button = h('button', { type: 'submit', class: 'act' }, [asked.submitLabel || word('send')]);
		var place = h('form', { submit: async function (event) {
			event.preventDefault();
			wrong.textContent = '';
			inputs.forEach(function (input) { input.removeAttribute('aria-invalid'); });
			button.disabled = true;
			var fields = {};
			inputs.forEach(function (input) { fields[input.name] = input.value; });
			var told = await act(message, { do: 'signUp', fields: fields });
			button.disabled = false;
			if (told && told.success) return thank(place, asked.thanks);
			var faulty = inputs.find(function (input) { return told && input.name === told.field; });
			wrong.textContent = told && told.code === 'too_many' ? word('often') : faulty ? word('check') + ' ' + word(faulty.name) : word('failed');
			if (faulty) { faulty.setAttribute('aria-invalid', 'true'); faulty.focus(); }
		} }, inputs.map(function (input) { return h('div', { class: 'field' }, [h('label', { for: input.id }, [word(input.name)]), input]); })
			.concat(agreed ? [h('label', { class: 'agree', for: 'f-agreed' }, [agreed, h('span', {}, [asked.consentText])])] : [], [wrong, button]));
		return place;
	}
	var STAR = 'M12 2.8l2.9 5.9 6.5.9-4.7 4.6 1.1 6.5-5.8-3.1-5.8 3.1 1.1-6.5L2.6 9.6l6.5-.9z';
	var THUMB = 'M7 10.5v9.5H3.5v-9.5zM7 10.5l4-7.3c1.500 0 2.600 1.200 2.300 2.700l-.8 3.600h5.900c1.300 0 2.200 1.200 1.900 2.400l-1.600 6.500c-.2.900-1 1.600-2 1.600H7';
	function face(score) {
		var bend = (score - 3) * 3;
		return svg(24, ['M12 2.500a9.500 9.500 0 1 0 0 19 9.500 9.500 0 1 0 0-19z', 'M8.700 9.200v.800M15.300 9.200v.800', 'M8 ' + (15.200 - bend / 3) + 'Q12 ' + (15.200 + bend) + ' 16 ' + (15.200 - bend / 3)]);
	}
	function answersOf(asked) {
		var numbers = function (from, to) { return Array.from({ length: to - from + 1 }, function (_none, n) { return from + n; }); };
		switch (asked.scale) {
			case 'nps': return numbers(0, 10).map(function (n) { return { score: n, label: String(n), shown: String(n) }; });
			case 'csat': return numbers(1, 5).map(function (n) { return { score: n, label: n + ' / 5', shown: face(n) }; });
			case 'stars': return numbers(1, 5).map(function (n) { return { score: n, label: n + ' / 5', shown: svg(24, [STAR]) }; });
			case 'thumbs': return [{ score: 1, label: word('good'), shown: svg(24, [THUMB]) }, { score: 0, label: word('bad'), shown: svg(24, [THUMB]) }];
			default: return asked.choices.map(function (choice, n) { return { score: n, label: choice, shown: choice }; });
		}
	}
	// The score is told at once: who gives no words has answered.
	function survey(message, asked, done) {
		async function answer(score) {
			Array.from(place.querySelectorAll('button')).forEach(function (button) { button.disabled = true; });
			var told = await act(message, { do: 'answer', score: score });
			if (!told || !told.success) {
				Array.from(place.querySelectorAll('button')).forEach(function (button) { button.disabled = false; });
				wrong.textContent = word('failed');
				return;
			}
			if (asked.followUp) follow(score);
			else thank(place, asked.thanks);
		}
		function follow(score) {
			var words = h('textarea', { id: 'f-words', rows: '3', maxlength: '2000' });
			var more = h('form', { submit: async function (event) {
				event.preventDefault();
				if (words.value.trim() !== '') await act(message, { do: 'answer', score: score, comment: words.value });
				thank(more, asked.thanks);
			} }, [h('div', { class: 'field' }, [h('label', { for: 'f-words' }, [asked.followUp]), words]),
				h('div', { class: 'buttons' }, [h('button', { type: 'submit', class: 'act' }, [word('send')]), h('button', { type: 'button', class: 'quiet', click: function () { thank(more, asked.thanks); } }, [word('skip')])])]);
			place.replaceWith(more);
			words.focus();
		}
		var wrong = h('p', { class: 'wrong', role: 'alert' });
		var place = h('fieldset', { class: 'scale ' + asked.scale }, [
			h('legend', {}, [asked.question]),
			h('div', { class: 'answers' }, answersOf(asked).map(function (one) {
				return h('button', { type: 'button', class: 'answer', 'aria-label': one.label, 'data-score': one.score, click: function () { answer(one.score); } }, [one.shown]);
			})),
			asked.lowLabel || asked.highLabel ? h('div', { class: 'ends', 'aria-hidden': 'true' }, [h('span', {}, [asked.lowLabel]), h('span', {}, [asked.highLabel])]) : null,
			wrong
		]);
		return place;
	}
`;
