/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockstarter.run;

import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;

import org.junit.jupiter.api.Test;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.BeanUtils;
import org.springframework.util.ReflectionUtils;

import io.github.lockstarter.run.elsewhere.InheritedJobs;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whether a call comes to a proxy is asked of the class of the proxy, by the rule of the
 * JVM.
 */
class DispatchTests {

	@Test
	void aMethodOfThisPackageComesToItsProxy() {
		assertThat(Dispatch.bypass(proxy(Here.class), method(Here.class))).isNull();
		assertThat(Dispatch.bypass(proxy(Below.class), method(Here.class))).isNull();
		assertThat(Dispatch.bypass(Below.class, method(Here.class))).isNull();
	}

	public static class Here {

		void settle() {
		}

	}

	static class Below extends Here {

		@Override
		void settle() {
		}

	}

	@Test
	void aPackagePrivateMethodOfAnotherPackageBypassesIt() {
		assertThat(Dispatch.bypass(proxy(FromElsewhere.class), method(InheritedJobs.PackagePrivate.class))).isNotNull()
			.satisfies((bypass) -> assertThat(bypass.remedy()).startsWith("Make the method public or protected"));
	}

	static class FromElsewhere extends InheritedJobs.PackagePrivate {

	}

	/**
	 * A method of the same name in this package overrides nothing.
	 */
	@Test
	void aNamesakeInThisPackageChangesNothing() {
		assertThat(Dispatch.bypass(proxy(Namesake.class), method(InheritedJobs.PackagePrivate.class))).isNotNull();
		assertThat(Dispatch.bypass(proxy(Namesake.class), method(Namesake.class))).isNull();
	}

	static class Namesake extends InheritedJobs.PackagePrivate {

		void settle() {
		}

	}

	/**
	 * The JVM follows the chain of overriding methods.
	 */
	@Test
	void aMethodThatIsOverriddenByAPublicOneComesToTheProxy() {
		assertThat(Dispatch.bypass(proxy(MadePublic.class), method(InheritedJobs.PackagePrivate.class))).isNull();
	}

	static class MadePublic extends InheritedJobs.MadePublic {

	}

	/**
	 * To the JVM a package is one of one class loader.
	 */
	@Test
	void aPackagePrivateMethodOfAnotherClassLoaderBypassesIt() throws Exception {
		URL[] classes = { Here.class.getProtectionDomain().getCodeSource().getLocation() };
		try (URLClassLoader other = new Reloading(classes, Here.class.getClassLoader())) {
			Class<?> below = other.loadClass(Below.class.getName());
			assertThat(below.getClassLoader()).isSameAs(other);
			assertThat(below.getSuperclass()).isSameAs(Here.class);
			assertThat(below.getDeclaredMethod("settle")).isNotNull();
			assertThat(Dispatch.bypass(below, method(Here.class))).isNotNull();
		}
	}

	/**
	 * Loads one class anew, as a reloading class loader does.
	 */
	static final class Reloading extends URLClassLoader {

		Reloading(URL[] urls, ClassLoader parent) {
			super(urls, parent);
		}

		@Override
		protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
			synchronized (getClassLoadingLock(name)) {
				Class<?> loaded = findLoadedClass(name);
				if (loaded != null) {
					return loaded;
				}
				return name.equals(Below.class.getName()) ? findClass(name) : super.loadClass(name, resolve);
			}
		}

	}

	@Test
	void aJdkProxyCallsThroughItsInterface() {
		ProxyFactory factory = new ProxyFactory(new Final());
		assertThat(Dispatch.bypass(factory.getProxy().getClass(), method(Final.class))).isNull();
		assertThat(Dispatch.bypass(proxy(Final.class), method(Final.class))).isNotNull()
			.satisfies((bypass) -> assertThat(bypass.reason()).isEqualTo("is final"));
	}

	static class Final implements Settling {

		@Override
		public final void settle() {
			// Final is no harm behind an interface
		}

	}

	interface Settling {

		void settle();

	}

	private static Class<?> proxy(Class<?> type) {
		ProxyFactory factory = new ProxyFactory();
		factory.setTargetClass(type);
		factory.setProxyTargetClass(true);
		factory.setTarget(BeanUtils.instantiateClass(type));
		return factory.getProxy(type.getClassLoader()).getClass();
	}

	private static Method method(Class<?> type) {
		Method method = ReflectionUtils.findMethod(type, "settle");
		assertThat(method).isNotNull();
		assertThat(method.getDeclaringClass()).isEqualTo(type);
		return method;
	}

}
