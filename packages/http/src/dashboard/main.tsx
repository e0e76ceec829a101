import './main.css'
import { render } from 'preact'

render(<h1>sessionkeep</h1>, document.getElementById('app') as HTMLElement)
