import { connect } from './connection.ts';
import { View } from './view.ts';

const root = document.getElementById('page');
if (root === null) throw new Error('the page has no place for its content');
const view = new View(root);
const [token = '', device = ''] = location.hash.slice(1).split('/');
if (token === '') view.explain();
else {
  // A token works once; a reload must not try it again.
  history.replaceState(null, '', location.pathname);
  view.nameDevice(decodeURIComponent(device));
  connect(token, view);
}
