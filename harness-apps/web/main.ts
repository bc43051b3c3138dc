import { connect } from './connection.ts';
import { View } from './view.ts';

const root = document.getElementById('page');
if (root === null) throw new Error('the page has no place for its content');
const view = new View(root);
const token = location.hash.slice(1);
if (token === '') view.explain();
else {
  // A token works once; a reload must not try it again.
  history.replaceState(null, '', location.pathname);
  connect(token, view);
}
