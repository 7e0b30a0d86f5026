/** The shop's own script: the consent banner, and add_to_cart before the form leaves the page. */
export const shopScript = `(() => {
  const banner = document.getElementById('consent');
  const settings = document.getElementById('consent-settings');
  const hasAnswered = () => document.cookie.split('; ').some((cookie) => cookie.startsWith('tl_consent='));

  banner.hidden = hasAnswered();
  settings.addEventListener('click', () => {
    banner.hidden = false;
    document.getElementById('consent-title').focus();
  });
  for (const button of banner.querySelectorAll('button')) {
    button.addEventListener('click', () => {
      const granted = button.dataset.granted.split(' ');
      const answer = banner.dataset.types.split(' ').map((type) => [type, granted.includes(type) ? 'granted' : 'denied']);
      tl('consent', Object.fromEntries(answer));
      banner.hidden = true;
      settings.focus({ preventScroll: true });
    });
  }

  for (const form of document.querySelectorAll('form[data-item]')) {
    form.addEventListener('submit', () => {
      const item = JSON.parse(form.dataset.item);
      item.quantity = Number(form.elements.quantity.value);
      tl('event', 'add_to_cart', {
        currency: form.dataset.currency,
        value: Math.round(item.price * item.quantity * 100) / 100,
        items: [item],
      });
    });
  }
})();
`;
